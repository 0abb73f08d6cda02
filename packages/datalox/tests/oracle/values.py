"""Values as the semantics page defines them, for the oracle: arithmetic, order, aggregates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from datalox.terms import Aggregate, Arith, Const, Neg, Symbol, Term, Var

LARGEST = 2**4096
OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def names(terms: Iterable[Term]) -> set[str]:
    found: set[str] = set()
    for term in terms:
        if isinstance(term, Var):
            found.add(term.name)
        elif isinstance(term, Arith):
            found |= names((term.left, term.right))
        elif isinstance(term, Neg):
            found |= names((term.term,))
    return found


def is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def plain(number: Any) -> Any:
    """A number as it is kept, None if it is none: too large, infinite."""
    if isinstance(number, float):
        return None if not math.isfinite(number) else int(number) if number.is_integer() else number
    return number if -LARGEST < number < LARGEST else None


def computed(term: Term, env: dict[str, Any]) -> Any:
    """The value of an expression, None where it has none."""
    if isinstance(term, Const):
        return term.value
    if isinstance(term, Var):
        return env[term.name]
    operands = (
        (0, computed(term.term, env))
        if isinstance(term, Neg)
        else tuple(computed(side, env) for side in (term.left, term.right))
    )
    if not all(map(is_number, operands)):
        return None
    try:
        return plain(OPERATIONS["-" if isinstance(term, Neg) else term.op](*operands))
    except (ZeroDivisionError, OverflowError):
        return None


def compare(op: str, left: Any, right: Any) -> bool:
    if op in ("=", "!="):
        return (left == right) == (op == "=")
    for kind in (int | float, Symbol | str):
        if isinstance(left, kind) and isinstance(right, kind):
            spelled = (left, right) if is_number(left) else (str(left), str(right))
            return COMPARISONS[op](*spelled)
    return False


def rank(value: Any) -> tuple[int, Any]:
    """Numbers, then symbols, then strings."""
    return (0, value) if is_number(value) else (1, value.name) if isinstance(value, Symbol) else (2, value)


def fold(item: Aggregate, members: Iterable[dict[str, Any]], total: bool) -> Any:
    """The aggregate over one group, None where it has no value. total: whether nothing counts as 0."""
    values = [value for env in members if (value := computed(item.value, env)) is not None]
    if item.op in ("sum", "avg"):
        values = [value for value in values if is_number(value)]
    if not values:
        return 0 if total and item.op in ("count", "sum") else None
    if item.op == "count":
        return len(set(values))
    if item.op in ("sum", "avg"):
        exact = sum(map(Fraction, values)) / (1 if item.op == "sum" else len(values))
        try:
            return int(exact) if exact.denominator == 1 else plain(float(exact))
        except OverflowError:
            return None
    ordered = sorted(values, key=rank)
    return {"min": ordered[0], "max": ordered[-1], "collect": tuple(ordered)}[item.op]
