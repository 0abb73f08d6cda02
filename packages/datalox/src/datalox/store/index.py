"""Hash indexes over the rows of a relation: many rows per key, or one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from datalox.terms import Row

Key = Any


def key_function(columns: tuple[int, ...]) -> Callable[[Row], Key]:
    """The key of a row: the value itself for one column, a tuple for several."""
    return itemgetter(*columns)


class HashIndex:
    """key -> set of rows. An empty bucket is removed, so `key in buckets` says whether a row exists."""

    __slots__ = ("buckets", "columns", "key")

    def __init__(self, columns: tuple[int, ...], rows: Iterable[Row]) -> None:
        self.columns = columns
        self.key = key_function(columns)
        self.buckets: dict[Key, set[Row]] = {}
        self.change(rows, ())

    def change(self, added: Iterable[Row], removed: Iterable[Row]) -> None:
        key, buckets = self.key, self.buckets
        for row in added:
            k = key(row)
            bucket = buckets.get(k)
            if bucket is None:
                buckets[k] = {row}
            else:
                bucket.add(row)
        for row in removed:
            k = key(row)
            bucket = buckets[k]
            bucket.remove(row)
            if not bucket:
                del buckets[k]

    def clear(self) -> None:
        self.buckets.clear()

    def __len__(self) -> int:
        return len(self.buckets)


class UniqueIndex:
    """key -> the one row that has it, for declared keys."""

    __slots__ = ("columns", "key", "rows")

    def __init__(self, columns: tuple[int, ...], rows: Iterable[Row]) -> None:
        self.columns = columns
        self.key = key_function(columns)
        self.rows: dict[Key, Row] = {self.key(row): row for row in rows}

    def change(self, added: Sequence[Row], removed: Sequence[Row]) -> None:
        key, rows = self.key, self.rows
        for row in removed:
            k = key(row)
            if rows.get(k) == row:
                del rows[k]
        if len(added) == 1:
            rows[key(added[0])] = added[0]
        elif added:
            rows.update(zip(map(key, added), added, strict=True))

    def clear(self) -> None:
        self.rows.clear()

    def __len__(self) -> int:
        return len(self.rows)
