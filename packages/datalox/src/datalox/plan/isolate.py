"""Time apart from facts: comparisons of a rule with the clock become validity intervals of its other
bindings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from datalox.plan.aggregates import bound_closure
from datalox.plan.core import (
    CLOCK,
    Bounds,
    CoreItem,
    CoreRule,
    Design,
    TemporalSpec,
    auxiliary,
    item_variables,
    substitute,
    variables,
    variables_of,
)
from datalox.terms import Arith, Atom, Comparison, Literal, Neg, Term, Var

INVERSES = {"+": "-", "-": "+", "*": "/", "/": "*"}
SIDES = {">": "after", ">=": "after", "<": "before", "<=": "before"}
INTERVALS = True
"""False joins every rule with the clock at each tick, as it is written: what intervals are compared with."""
OPPOSITE = {"after": "before", "before": "after", "at": "at"}


def isolate_clock(design: Design, rule: CoreRule) -> CoreRule | None:
    """The rule that feeds a timer in place of `rule`, or None if the clock cannot be taken out of it."""
    clocks = [item for item in rule.body if _is_clock(item)]
    if not INTERVALS or len(clocks) != 1 or not isinstance(clocks[0], Literal):
        return None
    clock = clocks[0].atom.terms[0]
    if not isinstance(clock, Var) or clock.is_wildcard:
        return None
    others = _inline_ages([item for item in rule.body if item is not clocks[0]], clock.name, rule.head)
    timed = [item for item in others if clock.name in item_variables(item)]
    rest = tuple(item for item in others if clock.name not in item_variables(item))
    if not timed or clock.name in variables_of(rule.head.terms):
        return None
    comparisons = tuple(item for item in timed if isinstance(item, Comparison))
    needed = {name for item in comparisons for name in item_variables(item)} | variables_of(rule.head.terms)
    if len(comparisons) != len(timed) or not needed - {clock.name} <= bound_closure(rest, set()):
        return None
    return _split(design, rule, clock.name, comparisons, rest)


def _is_clock(item: CoreItem) -> bool:
    return isinstance(item, Literal) and item.atom.predicate == CLOCK


def _inline_ages(items: list[CoreItem], clock: str, head: Atom) -> list[CoreItem]:
    """Replace `A = W - T` in the comparisons that use A, where A is used in comparisons only."""
    for item in items:
        if not isinstance(item, Comparison) or item.op != "=":
            continue
        for side, other in ((item.left, item.right), (item.right, item.left)):
            if not isinstance(side, Var) or side.name == clock or clock not in variables(other):
                continue
            rest = [entry for entry in items if entry is not item]
            users = [entry for entry in rest if side.name in item_variables(entry)]
            if side.name in variables_of((*head.terms, other)) or not all(
                isinstance(u, Comparison) for u in users
            ):
                continue
            if users:
                inlined = [_replace_variable(entry, side.name, other) for entry in rest]
                return _inline_ages(inlined, clock, head)
    return items


def _replace_variable(item: CoreItem, name: str, term: Term) -> CoreItem:
    if not isinstance(item, Comparison):
        return item
    return replace(item, left=substitute(item.left, {name: term}), right=substitute(item.right, {name: term}))


def _split(
    design: Design,
    rule: CoreRule,
    clock: str,
    comparisons: tuple[Comparison, ...],
    rest: tuple[CoreItem, ...],
) -> CoreRule:
    names = dict.fromkeys(
        name
        for item in comparisons
        for side in (item.left, item.right)
        for name in variables(side)
        if name != clock
    )
    parameters = tuple(Var(name) for name in names)
    written = str(rule.source.rule if rule.source is not None else rule.head)
    entries = auxiliary(f"{rule.head.predicate}#timed", written, design.arities)
    design.arities[entries] = rule.head.arity + len(parameters)
    design.temporals.append(
        TemporalSpec(
            entries, rule.head.predicate, rule.head.arity, parameters, clock, comparisons,
            bounds_of(comparisons, clock), rule.label,
        )
    )  # fmt: skip
    return replace(rule, head=Atom(entries, (*rule.head.terms, *parameters)), body=rest)


def bounds_of(comparisons: Sequence[Comparison], clock: str) -> Bounds | None:
    """Where the truth of the conjunction can change, or None if one comparison is not linear in the clock."""
    solved = [solve(item, clock) for item in comparisons]
    found = [pair for pair in solved if pair is not None]
    if len(found) < len(solved):
        return None
    return Bounds(
        tuple(term for side, term in found if side == "after"),
        tuple(term for side, term in found if side == "before"),
        tuple(term for side, term in found if side == "at"),
    )


def solve(item: Comparison, clock: str) -> tuple[str, Term] | None:
    """(side, t): both sides of `item` are equal when the clock is t, and it holds `after` t, `before` t,
    or, where the direction depends on values, changes `at` t."""
    left, right, side = item.left, item.right, SIDES.get(item.op, "at")
    if clock in variables(left) and clock in variables(right):
        return None
    if clock in variables(right):
        left, right, side = right, left, OPPOSITE[side]
    while not isinstance(left, Var):
        step = _unwrap(left, right, side, clock)
        if step is None:
            return None
        left, right, side = step
    return side, right


def _unwrap(left: Term, right: Term, side: str, clock: str) -> tuple[Term, Term, str] | None:
    """Move the outermost operator of `left` to the other side; None where it is not linear in the clock."""
    if isinstance(left, Neg):
        return left.term, Neg(right), OPPOSITE[side]
    if not isinstance(left, Arith) or left.op not in INVERSES:
        return None
    within_left, within_right = clock in variables(left.left), clock in variables(left.right)
    if within_left and within_right:
        return None
    if left.op in ("*", "/"):
        side = "at"
    if within_left:
        return left.left, Arith(INVERSES[left.op], right, left.right), side
    if left.op == "-":
        return left.right, Arith("-", left.left, right), OPPOSITE[side]
    if left.op == "/":
        return None
    return left.right, Arith(INVERSES[left.op], right, left.left), side
