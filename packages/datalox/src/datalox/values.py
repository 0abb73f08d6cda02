"""Values: how they come in through the door, how they compare, what arithmetic does to them.

The compiled rules inline these definitions; here they stand once, readable.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from datalox.diagnostics import DatalogError, Diagnostic
from datalox.terms import FALSE, TRUE, Const, Neg, Symbol, Term, Value, Var

Number: TypeAlias = "int | float"
# Arithmetic refuses longer integers: a recursion that squares must end in an error, not in swap.
_MAX_BITS: Final = 4096
TYPES: Final = ("symbol", "string", "text", "int", "float", "number", "scalar", "any")
_SPELLED: Final = frozenset({"symbol", "text", "scalar"})
_ADMITTED: Final[dict[str, tuple[type, ...]]] = {
    "symbol": (Symbol,),
    "text": (Symbol,),
    "string": (str,),
    "int": (int,),
    "float": (int, float),
    "number": (int, float),
    "scalar": (Symbol, int, float),
    "any": (Symbol, str, int, float),
}


class NoValueError(Exception):
    """The expression has no value: a zero divisor, an operand that is no number, an overflow."""


def admit(value: object, column_type: str) -> Value:
    """The value as the engine keeps it in a column of this type.

    Booleans become the symbols true and false, integral floats integers, strings symbols where the type
    says symbol, text or scalar. Raises DatalogError with code `bad-value` for anything else.
    """
    normal = _normal(value)
    if isinstance(normal, str) and column_type in _SPELLED:
        return Symbol(normal)
    if not isinstance(normal, _ADMITTED[column_type]):
        raise _bad_value(
            f"{_show(normal)} is not {_article(column_type)} {column_type}",
            f"this column takes {_TAKES[column_type]}",
        )
    return normal


def converted(value: Value, column_type: str) -> Value:
    """A constant of a rule as it would stand in a column of this type; unchanged where none fits."""
    return Symbol(value) if isinstance(value, str) and column_type in _SPELLED else value


def _normal(value: object) -> Value:
    if value is True:
        return TRUE
    if value is False:
        return FALSE
    if isinstance(value, Symbol):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _normal_float(float(value))
    raise _bad_value(
        f"{type(value).__name__} {value!r} is not a value", "values are str, int, float, bool and Symbol"
    )


def _normal_float(value: float) -> Number:
    if not math.isfinite(value):
        raise _bad_value(f"{value} is not a value", "numbers are finite")
    return int(value) if value.is_integer() else value


_TAKES: Final = {
    "symbol": "symbols; a Python str becomes one",
    "text": "text; a Python str becomes a symbol",
    "string": "strings",
    "int": "integers",
    "float": "numbers",
    "number": "numbers",
    "scalar": "text and numbers",
    "any": "every value",
}


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def _show(value: Value) -> str:
    return str(Const(value))


def _bad_value(message: str, hint: str) -> DatalogError:
    return DatalogError([Diagnostic("bad-value", message, hint)])


def order_key(value: Value) -> tuple[int, Number, str]:
    """Sorts any values together: numbers by size, then symbols, then strings by spelling."""
    if isinstance(value, Symbol):
        return 1, 0, value.name
    return (2, 0, value) if isinstance(value, str) else (0, value, "")


def compare(op: str, left: Value, right: Value) -> bool:
    """One of = != < <= > >=. Order holds between numbers and between texts; across kinds it is false."""
    if op == "=":
        return left == right
    if op == "!=":
        return left != right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _ORDER[op](left, right)
    if isinstance(left, Symbol | str) and isinstance(right, Symbol | str):
        return _ORDER[op](str(left), str(right))
    return False


def comparable(left: Value, right: Value) -> bool:
    """Whether an order comparison of the two says anything: False is counted as a fault at run time."""
    return isinstance(left, int | float) == isinstance(right, int | float)


_ORDER: Final[dict[str, Callable[[object, object], bool]]] = {
    "<": lambda left, right: left < right,  # type: ignore[operator]
    "<=": lambda left, right: left <= right,  # type: ignore[operator]
    ">": lambda left, right: left > right,  # type: ignore[operator]
    ">=": lambda left, right: left >= right,  # type: ignore[operator]
}


def evaluate(term: Term, binding: Mapping[str, Value]) -> Value:
    """The value of an expression. Raises NoValueError, and KeyError for a variable that is not bound."""
    if isinstance(term, Const):
        return term.value
    if isinstance(term, Var):
        return binding[term.name]
    if isinstance(term, Neg):
        return calculate("-", 0, evaluate(term.term, binding))
    return calculate(term.op, evaluate(term.left, binding), evaluate(term.right, binding))


def calculate(op: str, left: Value, right: Value) -> Number:
    """`left op right`, op one of + - * / // mod. Raises NoValueError where it has no value."""
    for operand in (left, right):
        if not isinstance(operand, int | float):
            raise NoValueError(f"{_show(operand)} is not a number")
    try:
        return _finite(_ARITHMETIC[op](left, right))
    except ZeroDivisionError:
        raise NoValueError("division by zero") from None
    except OverflowError:
        raise NoValueError("the result is too large") from None


def _finite(result: Number) -> Number:
    if isinstance(result, float):
        if not math.isfinite(result):
            raise NoValueError("the result is too large")
        return int(result) if result.is_integer() else result
    if result.bit_length() > _MAX_BITS:
        raise NoValueError("the result is too large")
    return result


_ARITHMETIC: Final[dict[str, Callable[..., Number]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "//": lambda left, right: left // right,
    "mod": lambda left, right: left % right,
}
