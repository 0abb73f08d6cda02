"""The state of an aggregate, group by group: what is added and taken away, and the value it has now."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any

from datalox.compile.semantics import canonical
from datalox.store.index import MANY
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


State = DistinctCount | Extreme | Collection
Group = Any
"""The value of the one group variable, or a tuple of the values of several."""
Pairs = list[tuple[Group, Any]]
Results = dict[Group, Any]
"""group -> its value, None where it has none."""


class States:
    """A state of its own for every group."""

    __slots__ = ("_groups", "_make")

    def __init__(self, make: Callable[[], State]) -> None:
        self._make = make
        self._groups: dict[Group, State] = {}

    def change(self, pairs: Pairs, sign: int, old: Results) -> None:
        """Add (1) or take away (-1) values; `old` notes what each group had before it was first touched."""
        groups = self._groups
        for group, value in pairs:
            state = groups.get(group)
            if group not in old:
                old[group] = None if state is None else state.result()
            if state is None:
                state = groups[group] = self._make()
            state.change(value, sign)
            if state.is_empty():
                del groups[group]

    def result(self, group: Group) -> Any:
        """The value of the group, None if it has no rows (or no value)."""
        state = self._groups.get(group)
        return None if state is None else state.result()


_group_of = itemgetter(0)


def _counted(pairs: Pairs) -> Iterable[tuple[Group, int]]:
    """(group, how often it is there), in as many parts as is quick."""
    return [(group, 1) for group, _ in pairs] if len(pairs) < MANY else Counter(map(_group_of, pairs)).items()


class RowCounts:
    """Numbers of rows, where every row is known to have a value of its own."""

    __slots__ = ("_rows", "result")

    def __init__(self) -> None:
        self._rows: dict[Group, int] = {}
        self.result: Callable[[Group], Any] = self._rows.get

    def change(self, pairs: Pairs, sign: int, old: Results) -> None:
        rows = self._rows
        for group, times in _counted(pairs):
            count = rows.get(group)
            if group not in old:
                old[group] = count
            count = (count or 0) + sign * times
            if count:
                rows[group] = count
            else:
                del rows[group]


class Sums:
    """Exact sums: integers apart from floats, floats as scaled integers."""

    __slots__ = ("_floats", "_integers", "_rows")

    def __init__(self) -> None:
        self._rows: dict[Group, int] = {}
        self._integers: dict[Group, int] = {}
        self._floats: dict[Group, int] = {}

    def change(self, pairs: Pairs, sign: int, old: Results) -> None:
        rows, integers, floats = self._rows, self._integers, self._floats
        for group, value in pairs:
            count = rows.get(group, 0)
            if group not in old:
                old[group] = self.result(group) if count else None
            count += sign
            if not count:
                del rows[group]
                integers.pop(group, None)
                floats.pop(group, None)
                continue
            rows[group] = count
            parts, part = (integers, value) if value.__class__ is int else (floats, scaled(value))
            total = parts.get(group, 0) + (part if sign > 0 else -part)
            if total:
                parts[group] = total
            else:
                parts.pop(group, None)

    def result(self, group: Group) -> Any:
        return self._divided(group, 1) if group in self._rows else None

    def _divided(self, group: Group, by: int) -> Any:
        floats = self._floats.get(group, 0)
        integers = self._integers.get(group, 0)
        if not floats and by == 1:
            return integers
        try:
            return canonical(((integers << SCALE) + floats) / (by << SCALE))
        except OverflowError:
            return None


class Averages(Sums):
    __slots__ = ()

    def result(self, group: Group) -> Any:
        rows = self._rows.get(group)
        return None if rows is None else self._divided(group, rows)


Tally = States | RowCounts | Sums


def tally_for(op: str, distinct: bool) -> Tally:
    """What keeps the groups of aggregate `op`; `distinct` if no two rows of a group share a value."""
    if op == "count":
        return RowCounts() if distinct else States(DistinctCount)
    if op in ("min", "max"):
        return States(lambda: Extreme(op == "max"))
    if op == "collect":
        return States(Collection)
    return Sums() if op == "sum" else Averages()


def aggregate_once(op: str, values: Iterable[Any]) -> Any:
    """The aggregate of `values`, one per row; None over nothing (count and sum: 0)."""
    pairs = [((), value) for value in values]
    if not pairs:
        return 0 if op in ("count", "sum") else None
    tally = tally_for(op, False)
    tally.change(pairs, 1, {})
    return tally.result(())
