"""The rows of a relation in an order of their own, one list per value of some columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from datalox.store.blocks import Blocks, Measure, Placed
from datalox.store.follower import Follower
from datalox.store.index import key_function
from datalox.store.relation import Relation
from datalox.terms import Row

Place = Callable[[Iterable[Row]], list[Placed]]
"""The places of those rows that have one: whose order can be computed, and is a number."""


class OrderedIndex(Follower):
    """`parts`: value of `columns` (bare for one column, () for none) -> the rows that have it, in order.

    `odd` counts rows without a place because what they are ordered by is no number.
    """

    __slots__ = ("_measure", "_measures", "_part", "_place", "odd", "parts")

    def __init__(
        self, relation: Relation, columns: tuple[int, ...], place: Place, measure: Measure, measures: int
    ) -> None:
        super().__init__(relation)
        self._part: Callable[[Row], Any] = key_function(columns)
        self._place = place
        self._measure = measure
        self._measures = measures
        self.parts: dict[Any, Blocks] = {}
        self.odd = 0

    def change(self, added: Iterable[Row], removed: Iterable[Row]) -> None:
        part_of, parts = self._part, self.parts
        for placed in self._place(removed):
            if placed[0]:
                key = part_of(placed[1])
                parts[key].remove(placed)
                if not parts[key].size:
                    del parts[key]
            else:
                self.odd -= 1
        fresh: dict[Any, list[Placed]] = {}
        for placed in self._place(added):
            if not placed[0]:
                self.odd += 1
                continue
            key = part_of(placed[1])
            blocks = parts.get(key)
            if blocks is None:
                fresh.setdefault(key, []).append(placed)
            else:
                blocks.add(placed)
        for key, several in fresh.items():
            parts[key] = Blocks(self._measures, self._measure, several)

    def empty(self) -> None:
        self.parts.clear()
        self.odd = 0
