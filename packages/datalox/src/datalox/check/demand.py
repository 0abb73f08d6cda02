"""What is kept in memory cannot depend on what is only computed when asked."""

from __future__ import annotations

from collections.abc import Iterator

from datalox.check.survey import Survey
from datalox.diagnostics import Diagnostic


def check_demand(survey: Survey) -> Iterator[Diagnostic]:
    for checked in survey.rules:
        head = checked.rule.head
        if survey.is_demand(head.predicate):
            continue
        for atom in survey.reads(checked):
            if survey.is_demand(atom.predicate):
                message = f"{head.predicate} is materialised, {atom.predicate} is computed on demand"
                hint = f"declare .demand {head.predicate}/{head.arity} as well"
                yield Diagnostic("demand-in-materialised", message, hint, atom.span)
