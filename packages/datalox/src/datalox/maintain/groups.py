"""The state of one aggregate per group: what is added and taken away, and the value it has now."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from typing import Any

from datalox.compile.semantics import canonical
from datalox.store.ordering import value_key

SCALE = 1074
"""Every float is a whole multiple of 2**-1074, so sums of scaled integers are exact in any order."""


def scaled(value: float) -> int:
    """`value` * 2**1074, exactly."""
    numerator, denominator = value.as_integer_ratio()
    return numerator << (SCALE - denominator.bit_length() + 1)


class _Multiset:
    """Values, each with how often it is there."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: dict[Any, int] = {}

    def change(self, value: Any, sign: int) -> None:
        count = self._values.get(value, 0) + sign
        if count:
            self._values[value] = count
        else:
            del self._values[value]

    def is_empty(self) -> bool:
        return not self._values


class DistinctCount(_Multiset):
    """Number of distinct values."""

    __slots__ = ()

    def result(self) -> Any:
        return len(self._values)


class RowCount:
    """Number of rows, where every row is known to have a value of its own."""

    __slots__ = ("_rows",)

    def __init__(self) -> None:
        self._rows = 0

    def change(self, value: Any, sign: int) -> None:
        self._rows += sign

    def result(self) -> Any:
        return self._rows

    def is_empty(self) -> bool:
        return not self._rows


class Sum:
    """Exact sum: integers apart from floats, floats as scaled integers."""

    __slots__ = ("_floats", "_integers", "_rows")

    def __init__(self) -> None:
        self._rows = 0
        self._integers = 0
        self._floats = 0

    def change(self, value: Any, sign: int) -> None:
        self._rows += sign
        if value.__class__ is int:
            self._integers += value if sign > 0 else -value
        else:
            self._floats += scaled(value) if sign > 0 else -scaled(value)

    def result(self) -> Any:
        return self._divided(1)

    def _divided(self, by: int) -> Any:
        if not self._floats and by == 1:
            return self._integers
        try:
            return canonical(((self._integers << SCALE) + self._floats) / (by << SCALE))
        except OverflowError:
            return None

    def is_empty(self) -> bool:
        return not self._rows


class Average(Sum):
    __slots__ = ()

    def result(self) -> Any:
        return self._divided(self._rows)


class _Descending:
    """Turns a heap of smallest into a heap of largest."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __lt__(self, other: _Descending) -> bool:
        return bool(other.key < self.key)


class Extreme:
    """Smallest or largest value: a multiset and a heap whose stale entries are dropped when they surface."""

    __slots__ = ("_heap", "_largest", "_values")

    def __init__(self, largest: bool) -> None:
        self._largest = largest
        self._values: dict[Any, int] = {}
        self._heap: list[tuple[Any, Any]] = []

    def change(self, value: Any, sign: int) -> None:
        old = self._values.get(value, 0)
        if old + sign:
            self._values[value] = old + sign
            if not old:
                heapq.heappush(self._heap, self._entry(value))
        else:
            del self._values[value]
            if len(self._heap) > 2 * len(self._values) + 16:
                self._heap = [self._entry(kept) for kept in self._values]
                heapq.heapify(self._heap)

    def _entry(self, value: Any) -> tuple[Any, Any]:
        key = value_key(value)
        return (_Descending(key) if self._largest else key, value)

    def result(self) -> Any:
        heap, values = self._heap, self._values
        while heap[0][1] not in values:
            heapq.heappop(heap)
        return heap[0][1]

    def is_empty(self) -> bool:
        return not self._values


class Collection(_Multiset):
    """All values, sorted; a value is there once for every row that has it."""

    __slots__ = ()

    def result(self) -> Any:
        ordered = sorted(self._values, key=value_key)
        return tuple(value for value in ordered for _ in range(self._values[value]))


State = DistinctCount | RowCount | Sum | Extreme | Collection


def state_maker(op: str, distinct: bool) -> Callable[[], State]:
    """How to start a group of aggregate `op`; `distinct` if no two rows of a group share a value."""
    if op == "count":
        return RowCount if distinct else DistinctCount
    if op in ("min", "max"):
        return lambda: Extreme(op == "max")
    makers: dict[str, Callable[[], State]] = {"sum": Sum, "avg": Average, "collect": Collection}
    return makers[op]


def aggregate_once(op: str, values: Iterable[Any]) -> Any:
    """The aggregate of `values`, one per row; None over nothing (count and sum: 0)."""
    state = state_maker(op, False)()
    for value in values:
        state.change(value, 1)
    if state.is_empty():
        return 0 if op in ("count", "sum") else None
    return state.result()
