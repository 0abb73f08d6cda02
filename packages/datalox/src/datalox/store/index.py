"""Hash indexes over the rows of a relation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from operator import itemgetter
from typing import Any, Protocol, TypeAlias

from datalox.terms import Row

Key = Any
Bucket: TypeAlias = "tuple[Row, ...] | dict[Row, None]"

FEW = 8
"""Rows up to which a bucket is a tuple: most buckets hold one row or two, and a tuple of one is 48 bytes
where a set is 216."""
MANY = 64
"""Rows from which on looking at them all together pays."""


def key_function(columns: tuple[int, ...]) -> Callable[[Row], Key]:
    """The key of a row: the value itself for one column, else a tuple."""
    return itemgetter(*columns) if columns else _no_key


def _no_key(_: Row) -> Key:
    return ()


def as_bucket(rows: Collection[Row]) -> Bucket:
    """Distinct rows as a bucket."""
    return tuple(rows) if len(rows) <= FEW else dict.fromkeys(rows)


class Buckets(Protocol):
    """key -> its rows, to iterate over and to count; there is no empty one."""

    def get(self, key: Key, default: Collection[Row], /) -> Collection[Row]: ...
    def __contains__(self, key: object, /) -> bool: ...


class Index(Protocol):
    """What readers of an index see."""

    @property
    def buckets(self) -> Buckets: ...
    def __len__(self) -> int: ...


class HashIndex:
    """key -> rows, to iterate over and to count. An empty bucket is removed, so `key in buckets` says
    whether a row exists."""

    __slots__ = ("buckets", "columns", "key")

    def __init__(self, columns: tuple[int, ...], rows: Collection[Row]) -> None:
        self.columns = columns
        self.key = key_function(columns)
        self.buckets: dict[Key, Bucket] = {}
        self._add_many(rows)

    def change(self, added: Collection[Row], removed: Iterable[Row]) -> None:
        """Rows that were not here come, rows that were here go."""
        for row in removed:
            self._remove(row)
        if len(added) >= MANY:
            self._add_many(added)
        else:
            for row in added:
                self._add(row)

    def swap(self, gone: Row, come: Row) -> None:
        """One row takes the place of another."""
        key = self.key
        k = key(come)
        if k == key(gone) and len(self.buckets[k]) == 1:
            self.buckets[k] = (come,)
        else:
            self._remove(gone)
            self._add(come)

    def _add(self, row: Row) -> None:
        k = self.key(row)
        bucket = self.buckets.get(k)
        if bucket is None:
            self.buckets[k] = (row,)
        elif isinstance(bucket, dict):
            bucket[row] = None
        else:
            self.buckets[k] = as_bucket((*bucket, row))

    def _remove(self, row: Row) -> None:
        k = self.key(row)
        bucket = self.buckets[k]
        if isinstance(bucket, dict):
            del bucket[row]
            if len(bucket) < FEW // 2:
                self.buckets[k] = tuple(bucket)
        elif len(bucket) == 1:
            del self.buckets[k]
        else:
            self.buckets[k] = tuple([kept for kept in bucket if kept != row])

    def _add_many(self, rows: Collection[Row]) -> None:
        buckets = self.buckets
        single = dict(zip(map(self.key, rows), zip(rows, strict=False), strict=True))
        if len(single) == len(rows) and buckets.keys().isdisjoint(single):
            buckets.update(single)
            return
        grouped: dict[Key, list[Row]] = {}
        for k, row in zip(map(self.key, rows), rows, strict=True):
            grouped.setdefault(k, []).append(row)
        for k, group in grouped.items():
            bucket = buckets.get(k)
            if isinstance(bucket, dict):
                bucket.update(dict.fromkeys(group))
            else:
                buckets[k] = as_bucket([*bucket, *group] if bucket is not None else group)

    def clear(self) -> None:
        self.buckets.clear()

    def __len__(self) -> int:
        return len(self.buckets)
