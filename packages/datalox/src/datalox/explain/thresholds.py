"""Comparisons solved for one variable: which values of it would make them true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, log10
from typing import Any, Final

from datalox.compile.semantics import Fault, canonical, compare, evaluate, is_number
from datalox.plan.core import variables
from datalox.terms import Arith, Comparison, Const, Neg, Term, Var

NEGATED: Final[Mapping[str, str]] = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
MIRRORED: Final[Mapping[str, str]] = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
DIGITS: Final = 6
"""Significant digits of a value that is rounded to beyond its bound."""
DOUBLINGS: Final = 40


@dataclass(frozen=True, slots=True)
class Wish:
    """A value that satisfies `value op bound` is wanted. `bound` is exact where it is a number."""

    op: str
    bound: Any

    @classmethod
    def of(cls, op: str, bound: Any) -> Wish:
        return cls(op, Fraction(bound) if is_number(bound) else bound)

    def granted(self, value: Any) -> bool:
        try:
            return compare(self.op, value, self.value)
        except Fault:
            return False

    @property
    def value(self) -> Any:
        """The bound as rules know it."""
        return _number(self.bound) if isinstance(self.bound, Fraction) else self.bound

    def about(self, term: Term) -> Comparison:
        """The comparison that says it of a term."""
        return Comparison(self.op, term, Const(self.bound))


def negated(item: Comparison) -> Comparison:
    return Comparison(NEGATED[item.op], item.left, item.right)


def wishes(item: Comparison, name: str, bindings: Mapping[str, Any]) -> Iterator[Wish]:
    """What the value of variable `name` must be for a comparison to hold, all others as they are."""
    lines = _line(item.left, name, bindings), _line(item.right, name, bindings)
    if lines[0] is not None and lines[1] is not None:
        slope, height = lines[0][0] - lines[1][0], lines[0][1] - lines[1][1]
        if slope:
            yield Wish(item.op if slope > 0 else MIRRORED[item.op], Fraction(-height) / slope)
        return
    if item.op in ("=", "!="):
        for side, other in ((item.left, item.right), (item.right, item.left)):
            if isinstance(side, Var) and side.name == name and name not in set(variables(other)):
                yield from _equal(item.op, other, bindings)
                return
    yield from _searched(item, name, bindings)


def _equal(op: str, other: Term, bindings: Mapping[str, Any]) -> Iterator[Wish]:
    try:
        yield Wish(op, canonical(evaluate(other, dict(bindings))))
    except Fault:
        return


Line = tuple[int | Fraction, int | Fraction]


def _line(term: Term, name: str, bindings: Mapping[str, Any]) -> Line | None:
    """(slope, height) of a term that is linear in the variable; None if it is not, or not a number."""
    if isinstance(term, Var):
        return (1, 0) if term.name == name else _constant(bindings.get(term.name))
    if isinstance(term, Const):
        return _constant(term.value)
    if isinstance(term, Neg):
        inner = _line(term.term, name, bindings)
        return (-inner[0], -inner[1]) if inner is not None else None
    left, right = _line(term.left, name, bindings), _line(term.right, name, bindings)
    return _combined(term.op, left, right) if left is not None and right is not None else None


def _constant(value: Any) -> Line | None:
    if isinstance(value, (int, Fraction)):
        return 0, value
    return (0, Fraction(value)) if isinstance(value, float) else None


def _combined(op: str, left: Line, right: Line) -> Line | None:
    if op in ("+", "-"):
        sign = 1 if op == "+" else -1
        return left[0] + sign * right[0], left[1] + sign * right[1]
    if op == "*" and (not left[0] or not right[0]):
        return left[0] * right[1] + right[0] * left[1], left[1] * right[1]
    if op == "/" and not right[0] and right[1]:
        return Fraction(left[0]) / right[1], Fraction(left[1]) / right[1]
    return None


def _searched(item: Comparison, name: str, bindings: Mapping[str, Any]) -> Iterator[Wish]:
    """Bounds found by trying: further and further away on both sides, then closer to where it changes."""
    start: Any = bindings.get(name)
    if not is_number(start):
        return
    values = {k: _number(v) if isinstance(v, Fraction) else v for k, v in bindings.items()}
    item = Comparison(item.op, _rounded_constants(item.left), _rounded_constants(item.right))

    def holds(value: Any) -> bool:
        try:
            return compare(item.op, evaluate(item.left, {**values, name: value}),
                           evaluate(item.right, {**values, name: value}))  # fmt: skip
        except Fault:
            return False

    for op, sign in ((">=", 1), ("<=", -1)):
        near, far = start, start + sign
        for _ in range(DOUBLINGS):
            if holds(far):
                yield Wish(op, Fraction(_narrowed(holds, near, far)))
                break
            near, far = far, start + 2 * (far - start)


def _narrowed(holds: Any, fails: Any, works: Any) -> Any:
    """The value closest to `fails` for which it holds: whole numbers where those are near enough."""
    whole = isinstance(fails, int) and isinstance(works, int)
    for _ in range(DOUBLINGS + 20):
        middle = (fails + works) // 2 if whole else (fails + works) / 2
        if middle in (fails, works):
            break
        fails, works = (fails, middle) if holds(middle) else (middle, works)
    return works


def _rounded_constants(term: Term) -> Term:
    if isinstance(term, Const) and isinstance(term.value, Fraction):
        return Const(_number(term.value))
    if isinstance(term, Arith):
        return Arith(term.op, _rounded_constants(term.left), _rounded_constants(term.right))
    return Neg(_rounded_constants(term.term)) if isinstance(term, Neg) else term


def _number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)


def settled(wish: Wish, current: Any, whole: bool) -> Any:
    """The value nearest to the bound that a wish allows, in a column of numbers (`whole`: of integers); None
    if there is none. A fraction without end is rounded to the side that is allowed."""
    bound = wish.bound
    if not isinstance(bound, Fraction):
        return bound if wish.op in ("=", "<=", ">=") else None
    if wish.op == "=":
        return _number(bound) if bound.denominator == 1 or not whole else None
    if wish.op == "!=":
        return _number(bound) + 1
    if whole or (isinstance(current, int) and bound.denominator == 1):
        return _whole(wish.op, bound)
    exact = _number(bound)
    if wish.op in ("<=", ">=") and len(repr(exact)) <= 2 * DIGITS + 4 and wish.granted(exact):
        return exact
    return _outward(wish.op, bound)


def _whole(op: str, bound: Fraction) -> int:
    if op in (">=", ">"):
        return ceil(bound) if op == ">=" or bound.denominator > 1 else int(bound) + 1
    return floor(bound) if op == "<=" or bound.denominator > 1 else int(bound) - 1


def _outward(op: str, bound: Fraction) -> int | float:
    """The next value of few digits on the allowed side of a bound."""
    grain = Fraction(10) ** ((floor(log10(abs(bound))) if bound else 0) - DIGITS + 1)
    steps = bound / grain
    return _number(_whole(op, steps) * grain)
