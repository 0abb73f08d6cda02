"""How long a body may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from datalox.check.survey import Survey
from datalox.diagnostics import Diagnostic
from datalox.terms import Aggregate, Literal, Rule

# Each goal may become a loop, and Python nests twenty.
LONGEST_BODY: Final = 18


def check_body_length(survey: Survey) -> Iterator[Diagnostic]:
    for checked in survey.rules:
        yield from rule_length(checked.rule)


def rule_length(rule: Rule) -> Iterator[Diagnostic]:
    goals = [item for item in rule.body if isinstance(item, (Literal, Aggregate))]
    if len(goals) > LONGEST_BODY:
        message = f"a body has at most {LONGEST_BODY} goals, this one has {len(goals)}"
        hint = "give a part of it a predicate of its own"
        yield Diagnostic("long-body", message, hint, goals[LONGEST_BODY].span or rule.span)
