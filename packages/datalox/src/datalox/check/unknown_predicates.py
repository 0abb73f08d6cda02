"""A body may only ask for what is declared, defined by a rule, or stated as a fact."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from datalox.check.analysis import CLOCK
from datalox.check.survey import Survey
from datalox.diagnostics import Diagnostic
from datalox.terms import Atom, Order


def check_unknown_predicates(survey: Survey) -> Iterator[Diagnostic]:
    if survey.open_world:
        return
    for checked in survey.rules:
        for atom in survey.reads(checked):
            yield from unknown_predicate(survey, atom)
    for _, declaration in survey.declarations():
        if isinstance(declaration, Order):
            yield from unknown_predicate(survey, declaration.atom)


def unknown_predicate(survey: Survey, atom: Atom) -> Iterator[Diagnostic]:
    known = survey.known.get(atom.predicate)
    if known is None or not known.defined:
        signature = f"{atom.predicate}/{atom.arity}"
        yield Diagnostic(
            "unknown-predicate", f"unknown predicate {signature}", _hint(survey, atom), atom.span
        )


def _hint(survey: Survey, atom: Atom) -> str:
    signatures = {known.name: known.signature for known in survey.known.values() if known.defined}
    signatures[CLOCK] = f"{CLOCK}/1"
    near = difflib.get_close_matches(atom.predicate, signatures, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(signatures[name] for name in near)}?"
    columns = ", ".join(f"c{number}" for number in range(1, atom.arity + 1))
    return f"if facts of it come from outside, declare it: .decl {atom.predicate}({columns})"
