"""`now(T)` is read in bodies, once; the session alone sets it."""

from __future__ import annotations

from collections.abc import Iterator

from datalox.check.analysis import CLOCK
from datalox.check.declarations import is_clock
from datalox.check.scope import atom_of
from datalox.check.survey import Survey
from datalox.diagnostics import Diagnostic
from datalox.terms import Aggregate, Literal, Rule, Span


def check_clock(survey: Survey) -> Iterator[Diagnostic]:
    for _, declaration in survey.declarations():
        if is_clock(declaration):
            yield _set_by_session(declaration.span)
    for _, fact in survey.facts:
        if fact.atom.predicate == CLOCK:
            yield _set_by_session(fact.atom.span)
    for checked in survey.rules:
        if checked.rule.head.predicate == CLOCK:
            yield _set_by_session(checked.rule.head.span)
        yield from clock_in_body(checked.rule)


def _set_by_session(span: Span | None) -> Diagnostic:
    message = "now/1 is the clock: it cannot be declared, stated or derived"
    return Diagnostic("clock", message, "the session sets it: transaction(now=…)", span)


def clock_in_body(rule: Rule) -> Iterator[Diagnostic]:
    reads = [item for item in rule.body if _reads_clock(item)]
    for item in reads:
        atom = atom_of(item)
        if atom is not None and atom.arity != 1:
            yield Diagnostic(
                "clock", f"now takes 1 argument, here it has {atom.arity}", "write now(T)", atom.span
            )
        if isinstance(item, Literal) and item.negated:
            yield Diagnostic(
                "clock", "the clock cannot be negated", "bind it with now(T) and compare T", item.span
            )
        if isinstance(item, Aggregate):
            yield Diagnostic(
                "clock", f"{item.op} cannot range over the clock", "there is one now(T)", item.span
            )
    for item in reads[1:]:
        yield Diagnostic(
            "clock", "now is read twice in one rule", "it has one value: reuse the variable", item.span
        )


def _reads_clock(item: object) -> bool:
    atom = atom_of(item) if isinstance(item, Literal | Aggregate) else None
    return atom is not None and atom.predicate == CLOCK
