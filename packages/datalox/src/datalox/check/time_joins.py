"""The clock is cheap where it is compared, and costly where its value is kept or joined."""

from __future__ import annotations

from collections.abc import Iterator

from datalox.check.analysis import CLOCK
from datalox.check.scope import atom_of, names
from datalox.check.survey import Survey
from datalox.diagnostics import Diagnostic
from datalox.terms import Arith, BodyItem, Comparison, Literal, Neg, Rule, Term, Var


def check_time_joins(survey: Survey) -> Iterator[Diagnostic]:
    for checked in survey.rules:
        if not survey.is_demand(checked.rule.head.predicate):
            yield from _rule(checked.rule)


def _rule(rule: Rule) -> Iterator[Diagnostic]:
    clock = _clock_variables(rule)
    if not clock:
        return
    kept = names(rule.head.terms) & clock
    if kept:
        shown = ", ".join(sorted(kept))
        message = f"{shown} changes with the clock: every tick replaces every row of {rule.head.predicate}"
        yield _warning(
            message, "keep the instant itself, and compare it with now(T) where it matters", rule.head
        )
    for item in rule.body:
        atom = atom_of(item)
        if atom is not None and atom.predicate != CLOCK and names(atom.terms) & clock:
            message = f"{atom.predicate} is joined with the clock: every tick looks it up again"
            yield _warning(message, "compare the clock with a bound of that atom instead", item)
        elif isinstance(item, Comparison) and not _linear_sides(item, clock):
            message = f"'{item}' does not isolate the clock: every tick evaluates it again"
            yield _warning(message, "add to, subtract from or multiply the clock by constants only", item)


def _warning(message: str, hint: str, at: BodyItem | object) -> Diagnostic:
    return Diagnostic("time-join", message, hint, getattr(at, "span", None), "warning")


def _clock_variables(rule: Rule) -> set[str]:
    """The variable of now(T) and those assigned from it."""
    found: set[str] = set()
    for item in rule.body:
        if isinstance(item, Literal) and item.atom.predicate == CLOCK:
            found |= names(item.atom.terms)
    for _ in rule.body:
        for item in rule.body:
            if isinstance(item, Comparison) and item.op == "=" and isinstance(item.left, Var):
                found |= {item.left.name} if names((item.right,)) & found else set()
    return found


def _linear_sides(item: Comparison, clock: set[str]) -> bool:
    return _linear(item.left, clock) and _linear(item.right, clock)


def _linear(term: Term, clock: set[str]) -> bool:
    if isinstance(term, Neg):
        return _linear(term.term, clock)
    if not isinstance(term, Arith) or not names((term,)) & clock:
        return True
    if term.op in ("+", "-"):
        return _linear(term.left, clock) and _linear(term.right, clock)
    if term.op == "*":
        one_side = not (names((term.left,)) & clock and names((term.right,)) & clock)
        return one_side and _linear(term.left, clock) and _linear(term.right, clock)
    return term.op == "/" and not names((term.right,)) & clock and _linear(term.left, clock)
