"""Which values of one column stand beside given values of others."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Any

from datalox.store.follower import Follower
from datalox.store.relation import Relation
from datalox.terms import Row

NOTHING: Set[Any] = frozenset()


class Posting(Follower):
    """`of(key)`: the values of `column` in rows that have `key` (a tuple) in `columns`."""

    __slots__ = ("_column", "_columns", "_sets")

    def __init__(self, relation: Relation, columns: tuple[int, ...], column: int) -> None:
        super().__init__(relation)
        self._columns = columns
        self._column = column
        self._sets: dict[Row, dict[Any, int]] = {}

    def of(self, key: Row) -> Set[Any]:
        found = self._sets.get(key)
        return NOTHING if found is None else found.keys()

    def change(self, added: Iterable[Row], removed: Iterable[Row]) -> None:
        columns, column, sets = self._columns, self._column, self._sets
        for row in removed:
            key = tuple([row[i] for i in columns])
            counts = sets[key]
            value = row[column]
            left = counts[value] - 1
            if left:
                counts[value] = left
            else:
                del counts[value]
                if not counts:
                    del sets[key]
        for row in added:
            key = tuple([row[i] for i in columns])
            counts = sets.setdefault(key, {})
            value = row[column]
            counts[value] = counts.get(value, 0) + 1

    def empty(self) -> None:
        self._sets.clear()
