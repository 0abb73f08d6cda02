"""What the operators mean. Compiled code inlines the common case and falls back to these; proofs use
only these."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

from datalox.terms import Arith, Const, Neg, Symbol, Term

ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "mod": operator.mod,
}
ORDERED: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


LARGEST: Final = 1 << 4096
"""Arithmetic refuses larger numbers: a recursion that squares must end in a fault, not in swap."""


class Fault(Exception):  # noqa: N818 - a fault makes one instance of a body false, it is not a program's error
    """An instance of a body that cannot be computed. `kind` is a stable slug."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def is_number(value: object) -> bool:
    return value.__class__ is int or value.__class__ is float


def calculate(op: str, left: Any, right: Any) -> Any:
    """`left op right` for numbers. Raises Fault: not-a-number, division-by-zero, overflow."""
    if not (is_number(left) and is_number(right)):
        raise Fault("not-a-number")
    try:
        value = ARITHMETIC[op](left, right)
    except ZeroDivisionError:
        raise Fault("division-by-zero") from None
    except OverflowError:
        raise Fault("overflow") from None
    return finite(value)


def finite(value: Any) -> Any:
    """The value itself; an infinity, NaN or a number beyond 4096 bits is a fault."""
    if not -LARGEST < value < LARGEST:
        raise Fault("overflow")
    return value


def negate(value: Any) -> Any:
    if not is_number(value):
        raise Fault("not-a-number")
    return -value


def canonical(value: Any) -> Any:
    """Integral floats are integers, so equal numbers are the same value."""
    if value.__class__ is float and value.is_integer():
        return int(value)
    return value


def evaluate(term: Term, bindings: dict[str, Any]) -> Any:
    """The value of a term whose variables are all bound. Raises Fault."""
    if isinstance(term, Const):
        return term.value
    if isinstance(term, Arith):
        return calculate(term.op, evaluate(term.left, bindings), evaluate(term.right, bindings))
    if isinstance(term, Neg):
        return negate(evaluate(term.term, bindings))
    return bindings[term.name]


def kind_of(value: object) -> str:
    if is_number(value):
        return "number"
    return "text" if isinstance(value, (Symbol, str)) else "list"


def spelling(value: Any) -> Any:
    return value.name if value.__class__ is Symbol else value


def compare(op: str, left: Any, right: Any) -> bool:
    """`left op right`. Equality across kinds is false; an order across kinds is a Fault: cross-kind."""
    if op == "=":
        return bool(left == right)
    if op == "!=":
        return bool(left != right)
    if kind_of(left) != kind_of(right):
        raise Fault("cross-kind")
    try:
        return ORDERED[op](spelling(left), spelling(right))
    except TypeError:
        raise Fault("cross-kind") from None


def ordered(op: str, left: Any, right: Any, fault: Callable[[str], None]) -> bool:
    """What compiled code calls when Python itself cannot order the two values."""
    try:
        return compare(op, left, right)
    except Fault as refused:
        fault(refused.kind)
        return False


def fault_kind(error: Exception) -> str:
    """The slug of an exception raised by inlined arithmetic."""
    if isinstance(error, Fault):
        return error.kind
    if isinstance(error, ZeroDivisionError):
        return "division-by-zero"
    return "overflow" if isinstance(error, OverflowError) else "not-a-number"
