"""Types as sets of kinds of values: what two have in common, and the narrowest that holds both."""

from __future__ import annotations

from typing import Final

from datalox.terms import Symbol, Value

_KINDS: Final[dict[str, frozenset[str]]] = {
    "symbol": frozenset({"name"}),
    "text": frozenset({"name"}),
    "string": frozenset({"string"}),
    "int": frozenset({"int"}),
    "float": frozenset({"int", "float"}),
    "number": frozenset({"int", "float"}),
    "scalar": frozenset({"name", "int", "float"}),
    "any": frozenset({"name", "string", "int", "float"}),
}
SPELLED: Final = frozenset({"symbol", "text", "scalar"})


def kinds(column_type: str) -> frozenset[str]:
    """Unknown types hold everything: the declaration is reported elsewhere."""
    return _KINDS.get(column_type, _KINDS["any"])


def meet(left: str, right: str) -> str | None:
    """The type of a value that stands in both; None if there is no such value."""
    if not kinds(left) & kinds(right):
        return None
    return left if kinds(left) <= kinds(right) else right


def join(left: str, right: str) -> str:
    """The narrowest type that holds the values of both."""
    if left == right:
        return left
    both = kinds(left) | kinds(right)
    return next(name for name in ("text", "number", "scalar", "any") if both <= kinds(name))


def type_of(value: Value) -> str:
    if isinstance(value, Symbol):
        return "symbol"
    if isinstance(value, str):
        return "string"
    return "int" if isinstance(value, int) else "float"


def holds(column_type: str, value: Value) -> bool:
    """Whether a value of this kind can stand in such a column, after the conversion of strings to symbols."""
    if isinstance(value, str) and column_type in SPELLED:
        return True
    return bool(kinds(type_of(value)) & kinds(column_type)) and not (
        isinstance(value, float) and column_type == "int"
    )


def is_numeric(column_type: str) -> bool:
    return bool(kinds(column_type) & kinds("number"))


def is_textual(column_type: str) -> bool:
    return bool(kinds(column_type) & {"name", "string"})
