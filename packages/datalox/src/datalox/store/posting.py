"""Which values of one column stand beside given values of others."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Any

from datalox.store.follower import Follower
from datalox.store.relation import Relation
from datalox.terms import Row

FEW = 8
"""Values up to which a list is a tuple: many keys have one value only."""
NOTHING: Set[Any] = frozenset()
Values = tuple[Any, ...] | dict[Any, int]


class Posting(Follower):
    """`of(key)`: the values of `column` in rows that have `key` (a tuple) in `columns`.

    A value stands beside a key once per row: in tuples it is repeated, in dictionaries counted.
    """

    __slots__ = ("_column", "_columns", "_values")

    def __init__(self, relation: Relation, columns: tuple[int, ...], column: int) -> None:
        super().__init__(relation)
        self._columns = columns
        self._column = column
        self._values: dict[Row, Values] = {}

    def of(self, key: Row) -> Set[Any]:
        found = self._values.get(key)
        if found is None:
            return NOTHING
        return frozenset(found) if isinstance(found, tuple) else found.keys()

    def change(self, added: Iterable[Row], removed: Iterable[Row]) -> None:
        columns, column = self._columns, self._column
        for row in removed:
            self._remove(tuple([row[i] for i in columns]), row[column])
        for row in added:
            self._add(tuple([row[i] for i in columns]), row[column])

    def _add(self, key: Row, value: Any) -> None:
        found = self._values.get(key)
        if found is None:
            self._values[key] = (value,)
        elif isinstance(found, dict):
            found[value] = found.get(value, 0) + 1
        elif len(found) < FEW:
            self._values[key] = (*found, value)
        else:
            self._values[key] = counts = dict.fromkeys(found, 0)
            for each in (*found, value):
                counts[each] = counts.get(each, 0) + 1

    def _remove(self, key: Row, value: Any) -> None:
        found = self._values[key]
        if isinstance(found, dict):
            found[value] -= 1
            if not found[value]:
                del found[value]
        else:
            place = found.index(value)
            self._values[key] = found = found[:place] + found[place + 1 :]
        if not found:
            del self._values[key]

    def empty(self) -> None:
        self._values.clear()
