"""Closures of pairs from scratch: one search per start, instead of joining rows with steps.

A search meets each row once per step into it without making the row first, and its depth is the rank.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import repeat
from typing import Any

from datalox.maintain.budget import Meter
from datalox.plan.closure import Closure
from datalox.store.relation import Relation
from datalox.terms import Row

SPARSE = 8
"""Steps per new row from which joining is cheaper than searching."""
Neighbours = dict[Any, list[Any]]


class ClosureSearch:
    """All rows of a closure with their ranks. `steps` are the relations it is extended by."""

    def __init__(self, closure: Closure, steps: list[Relation], meter: Meter) -> None:
        self._forward = closure.forward
        self._steps = steps
        self._meter = meter

    def is_worth(self, first: Collection[Row]) -> bool:
        """Whether so much is new that looking at every step is not the larger part of the work."""
        return len(first) * SPARSE > sum(len(relation) for relation in self._steps)

    def rows(self, first: Iterable[Row], count: Callable[[int], None]) -> Iterator[Iterable[tuple[Row, int]]]:
        """The rows that follow from `first`, which have rank 1: (row, rank), one part per start. `count` is
        told how many, as they come."""
        near = self._neighbours(row for relation in self._steps for row in relation)
        for start, ends in self._neighbours(first).items():
            ranks = _depths(ends, near)
            self._meter.spend(len(ranks))
            count(len(ranks))
            columns = (repeat(start), ranks) if self._forward else (ranks, repeat(start))
            yield zip(zip(*columns, strict=False), ranks.values(), strict=True)

    def _neighbours(self, rows: Iterable[Row]) -> Neighbours:
        near: Neighbours = {}
        if self._forward:
            for source, target in rows:
                near.setdefault(source, []).append(target)
        else:
            for source, target in rows:
                near.setdefault(target, []).append(source)
        return near


def _depths(ends: Iterable[Any], near: Neighbours) -> dict[Any, int]:
    """What is reached from `ends` (depth 1), each with its depth."""
    depth = 1
    depths = dict.fromkeys(ends, depth)
    frontier = list(depths)
    get = near.get
    while frontier:
        depth += 1
        beyond: list[Any] = []
        for place in frontier:
            for further in get(place, ()):
                if further not in depths:
                    depths[further] = depth
                    beyond.append(further)
        frontier = beyond
    return depths
