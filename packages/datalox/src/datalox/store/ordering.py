"""The order of rows at the edge: the same for every hash seed and every history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from datalox.terms import Row, Symbol
from datalox.values import order_key


def value_key(value: Any) -> tuple[Any, ...]:
    """Numbers, then symbols, then strings, then collected lists: the order of `values.order_key`, inlined."""
    kind = value.__class__
    if kind is Symbol:
        return (1, 0, value.name)
    if kind is int or kind is float:
        return (0, value, "")
    if kind is tuple:
        return (3, 0, "", tuple(value_key(part) for part in value))
    return order_key(value)


def row_key(row: Row) -> tuple[Any, ...]:
    return tuple([value_key(value) for value in row])


def sorted_rows(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=row_key)
