"""A sorted list of rows in blocks, each with loose bounds of what its rows can offer."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from datalox.terms import Row

FULL = 256
"""Rows at which a block is split in two; it starts with half of that."""
SPARSE = 32
"""Rows below which a block joins a neighbour."""

SortKey = tuple[Any, ...]


Placed = tuple[SortKey, Row, tuple[Any, ...]]
"""The place of a row in the order (() for none), the row, and what it measures: the more, the more it can
satisfy."""
Measure = Callable[[Sequence[Row]], tuple[Any, ...]]
"""Of some rows, the most there is of each measure."""


class Blocks:
    """Rows by rising key, in blocks. `bounds[m][b]` is at least what any row of block b measures by m, and
    exactly the most where b is not `loose`: a row that goes leaves the bound as it was.

    `keys`, `rows`, `loose` and each of `bounds` are lists with one entry per block; `most` is at least what
    any of `bounds` says, exactly that where it is not `slack`.
    """

    __slots__ = ("_last", "_measure", "bounds", "keys", "loose", "most", "rows", "size", "slack")

    def __init__(self, measures: int, measure: Measure, placed: Iterable[Placed]) -> None:
        ordered = sorted(placed, key=itemgetter(0))
        self._measure = measure
        self.size = len(ordered)
        self.keys: list[list[SortKey]] = []
        self.rows: list[list[Row]] = []
        self.loose: list[bool] = []
        self.bounds: tuple[list[Any], ...] = tuple([] for _ in range(measures))
        self._last: list[SortKey] = []
        """at least the last key of a block, at most the first of the next"""
        self.most: list[Any] = []
        for start in range(0, len(ordered), FULL // 2):
            part = ordered[start : start + FULL // 2]
            self._insert(len(self.keys), [one[0] for one in part], [one[1] for one in part])
        self.tighten_most()

    def _insert(self, block: int, keys: list[SortKey], rows: list[Row]) -> None:
        self.keys.insert(block, keys)
        self.rows.insert(block, rows)
        self.loose.insert(block, False)
        self._last.insert(block, keys[-1])
        for bound, most in zip(self.bounds, self._measure(rows), strict=True):
            bound.insert(block, most)

    def _delete(self, block: int) -> None:
        columns: tuple[list[Any], ...] = (self.keys, self.rows, self.loose, self._last, *self.bounds)
        for column in columns:
            del column[block]
        self.slack = True

    def add(self, placed: Placed) -> None:
        key, row, measures = placed
        self.size += 1
        if not self._last:
            self._insert(0, [key], [row])
            self.tighten_most()
            return
        block = bisect_left(self._last, key)
        if block == len(self._last):
            block -= 1
            self._last[block] = key
        keys = self.keys[block]
        place = bisect_left(keys, key)
        keys.insert(place, key)
        self.rows[block].insert(place, row)
        for bound, value in zip(self.bounds, measures, strict=True):
            if value > bound[block]:
                bound[block] = value
        self.most = list(map(max, self.most, measures))
        if len(keys) > FULL:
            self._split(block)

    def remove(self, placed: Placed) -> None:
        """Take out a row that is here."""
        key, row, _ = placed
        block = bisect_left(self._last, key)
        place = bisect_left(self.keys[block], key)
        while place == len(self.keys[block]) or self.rows[block][place] != row:
            place += 1
            if place >= len(self.keys[block]):
                block, place = block + 1, 0
        keys = self.keys[block]
        del keys[place], self.rows[block][place]
        self.size -= 1
        self.loose[block] = True
        if not keys:
            self._delete(block)
            return
        if len(keys) < SPARSE and len(self.keys) > 1:
            self._join(block)

    def _split(self, block: int) -> None:
        keys, rows = self.keys[block], self.rows[block]
        half = len(keys) // 2
        self._insert(block + 1, keys[half:], rows[half:])
        del keys[half:], rows[half:]
        self._last[block] = keys[-1]
        self.tighten(block)

    def _join(self, block: int) -> None:
        """Put a sparse block behind the one before it (or the one after it behind it)."""
        block = max(block, 1)
        before = block - 1
        if len(self.keys[before]) + len(self.keys[block]) > FULL:
            return
        self.keys[before] += self.keys[block]
        self.rows[before] += self.rows[block]
        self._last[before] = self._last[block]
        self.loose[before] = self.loose[before] or self.loose[block]
        for bound in self.bounds:
            bound[before] = max(bound[before], bound[block])
        self._delete(block)

    def tighten_most(self) -> None:
        """Make `most` what the bounds say."""
        self.most = [max(bound) for bound in self.bounds]
        self.slack = False

    def tighten(self, block: int) -> None:
        """Make the bounds of a block exact."""
        self.loose[block] = False
        self.slack = True
        for bound, most in zip(self.bounds, self._measure(self.rows[block]), strict=True):
            bound[block] = most
