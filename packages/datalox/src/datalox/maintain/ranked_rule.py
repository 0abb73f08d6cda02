"""One rule of a recursive component: what it gains and loses by a change, and whether it still supports
a row. And where what is due next is kept, by rank."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from datalox.compile.rules import RuleStatistics
from datalox.maintain.unit import Rows
from datalox.terms import Row

Driven = Callable[[Iterable[Row], int, dict[Row, int]], None]
Support = Callable[[Row, int], int]
Plan = tuple[str, int | None]
"""(gain | growth | loss | first | lowest, driving item)"""


class RankedRule:
    """Functions of one rule, compiled when first needed.

    `inputs` maps (relation outside the component, negated) to items of the body; `recursive` lists the
    items that are of the component, each with its predicate; `computes`: whether heads may have values that
    no row of the body has.
    """

    __slots__ = ("_compile", "_functions", "computes", "head", "inputs", "linear", "recursive", "statistics")

    def __init__(
        self,
        head: str,
        inputs: Mapping[tuple[str, bool], list[int]],
        recursive: list[tuple[str, int]],
        statistics: RuleStatistics,
        computes: bool,
        compile_: Callable[[RankedRule, Plan], Callable[..., Any]],
    ) -> None:
        self.head = head
        self.inputs = inputs
        self.recursive = recursive
        self.linear = len(recursive) < 2
        self.statistics = statistics
        self.computes = computes
        self._compile = compile_
        self._functions: dict[Plan, Callable[..., Any]] = {}

    def _function(self, plan: Plan) -> Callable[..., Any]:
        found = self._functions.get(plan)
        if found is None:
            found = self._functions[plan] = self._compile(self, plan)
        return found

    def gain(self, driver: int | None, rows: Rows, level: int, out: dict[Row, int]) -> None:
        """Add heads that are new to `out`, each with the largest rank of its body."""
        self.statistics.calls += 1
        self.statistics.touched += len(rows)
        self._function(("gain", driver))(rows, level, out)

    def grow(self, driver: int, rows: Rows, level: int, out: dict[Row, int]) -> None:
        """`gain` where no rank is above `level`: so is then that of every body."""
        self.statistics.calls += 1
        self.statistics.touched += len(rows)
        self._function(("gain" if self.linear else "growth", driver))(rows, level, out)

    def lose(self, driver: int, rows: Rows, level: int, out: dict[Row, int]) -> None:
        """Add heads that may have rested on `rows` to `out`, each with its own rank."""
        self.statistics.calls += 1
        self.statistics.touched += len(rows)
        self._function(("loss", driver))(rows, level, out)

    def support(self, lowest: bool) -> Support:
        """Function of a row and a limit: the largest rank in a body below the limit, else the limit."""
        return self._function(("lowest" if lowest else "first", None))

    def prepare(self) -> None:
        """Compile now what is compiled when it first runs."""
        for _, item in self.recursive:
            self._function(("gain", item))
            self._function(("loss", item))
        for (_, negated), items in self.inputs.items():
            for item in items:
                self._function(("loss", item))
                if not negated:
                    self._function(("gain", item))
        self._function(("first", None))

    def forget_plan(self) -> None:
        self._functions.clear()


class Agenda:
    """Rows by predicate and rank, taken in batches of the lowest rank."""

    __slots__ = ("_batches", "_ranks")

    def __init__(self) -> None:
        self._batches: dict[int, dict[str, dict[Row, int]]] = {}
        self._ranks: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._ranks)

    def batch(self, rank: int, name: str) -> dict[Row, int]:
        """The rows of one predicate that are due at `rank`; the values mean nothing."""
        batch = self._batches.get(rank)
        if batch is None:
            batch = self._batches[rank] = {}
            heapq.heappush(self._ranks, rank)
        return batch.setdefault(name, {})

    def spread(self, name: str, ranked: Mapping[Row, int], more: int) -> None:
        """Put each row at its rank plus `more`."""
        for row, rank in ranked.items():
            self.batch(rank + more, name)[row] = rank

    def take(self) -> tuple[int, dict[str, dict[Row, int]]]:
        rank = heapq.heappop(self._ranks)
        return rank, self._batches.pop(rank)
