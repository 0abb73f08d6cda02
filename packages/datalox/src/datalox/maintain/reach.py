"""What each number with an exit reaches: an exit, then any number of steps.

An edge that comes is handed to those upstream that lack what is behind it. An edge that goes and leaves
another way costs the search for that way; else the sets of all upstream are made anew from those that stay.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from datalox.maintain.condense import Condensation
from datalox.maintain.edges import NOWHERE, Edge, Graph
from datalox.store.bits import EMPTY, Bits, bits_of, holds, include, union

PATIENCE: Final = 4
"""Edges are taken one by one until that costs this many times a look at everything; then all is made anew."""
BULK: Final = 4
"""All is made anew at once where one edge in this many is new."""
FEW: Final = 16
"""Numbers are searched from one by one where this many times more sets would be made on the way."""


class Trail:
    """What one transaction did: the set each number had before, and the edges that went and came."""

    __slots__ = ("edges", "rows")

    def __init__(self) -> None:
        self.rows: dict[int, Bits] = {}
        self.edges: list[tuple[Edge, bool]] = []


class Reach:
    """`rows`: number -> what it reaches (never empty).

    `spend` is told how much was looked at, `count` how many blocks of bits were made.
    """

    __slots__ = ("_count", "_spend", "_trail", "graph", "rows")

    def __init__(self, spend: Callable[[int], None], count: Callable[[int], None]) -> None:
        self.graph = Graph()
        self.rows: dict[int, Bits] = {}
        self._spend = spend
        self._count = count
        self._trail = Trail()

    def change(self, gone: Sequence[Edge], come: Sequence[Edge], trail: Trail) -> None:
        """Let edges go and come; what is needed to take that back goes to `trail` as it happens."""
        self._trail = trail
        try:
            if gone:
                self._remove(gone)
            if come:
                self._insert(come)
        finally:
            self._trail = Trail()

    def undo(self, trail: Trail) -> None:
        for edge, added in reversed(trail.edges):
            if added:
                self.graph.remove(edge)
            else:
                self.graph.add(edge)
        for number, old in trail.rows.items():
            self._put(number, old)

    def swap(self, trail: Trail) -> None:
        """Exchange the sets of now and of before."""
        for number, other in trail.rows.items():
            trail.rows[number] = self.rows.get(number, EMPTY)
            self._put(number, other)

    def _put(self, number: int, row: Bits) -> None:
        if row:
            self.rows[number] = row
        else:
            self.rows.pop(number, None)

    def _set(self, number: int, row: Bits) -> None:
        old = self.rows.get(number, EMPTY)
        if row != old:
            self._trail.rows.setdefault(number, old)
            self._put(number, row)

    def _known(self, stale: Collection[int]) -> Callable[[int], Bits | None]:
        return lambda number: self.rows.get(number, EMPTY) if self._is_known(number, stale) else None

    def _is_known(self, number: int, stale: Collection[int]) -> bool:
        """Whether the set of a number is also all that is beyond it."""
        return number not in self.graph.uneven and number not in stale

    # -- edges that come

    def _insert(self, edges: Sequence[Edge]) -> None:
        graph = self.graph
        whole = graph.size()
        patience = PATIENCE * (whole + len(edges)) if len(edges) * BULK < whole else 0
        for done, edge in enumerate(edges):
            if patience <= 0:
                for late in edges[done:]:
                    self._add(late)
                self._make_anew(graph.exits.out.keys())
                return
            spent = self._follow(edge)
            self._spend(spent)
            patience -= spent

    def _add(self, edge: Edge) -> None:
        self.graph.add(edge)
        self._trail.edges.append((edge, True))

    def _follow(self, edge: Edge) -> int:
        """Hand on what is behind one edge; what that cost."""
        source, target = edge.source, edge.target
        rows = self.rows
        even = source not in self.graph.uneven
        self._add(edge)
        if even and holds(rows.get(source, EMPTY), target):
            return 1
        behind = self._reached((target,), ())
        lacking, seen = self._lacking(source, target) if edge.step else (set(), 1)
        if edge.exit and not holds(rows.get(source, EMPTY), target):
            lacking.add(source)
        self._count(len(lacking) * len(behind))
        for number in lacking:
            self._set(number, union(rows.get(number, EMPTY), behind))
        return seen + len(lacking)

    def _lacking(self, end: int, target: int) -> tuple[set[int], int]:
        """Who reaches `end` and not `target`; and how many numbers that took. Behind someone even who reaches
        `target`, everyone does."""
        rows, uneven = self.rows, self.graph.uneven
        exits, steps = self.graph.exits.into, self.graph.steps.into
        found: set[int] = set()
        seen = {end}
        waiting = [end]
        while waiting:
            number = waiting.pop()
            for start in exits.get(number, NOWHERE):
                if start not in found and not holds(rows.get(start, EMPTY), target):
                    found.add(start)
            for earlier in steps.get(number, NOWHERE):
                if earlier not in seen:
                    seen.add(earlier)
                    if earlier in uneven or not holds(rows.get(earlier, EMPTY), target):
                        waiting.append(earlier)
        return found, len(seen)

    # -- edges that go

    def _remove(self, edges: Sequence[Edge]) -> None:
        graph = self.graph
        upstream = graph.upstream(edge.source for edge in edges if edge.step)
        stale = {start for number in upstream for start in graph.exits.into.get(number, NOWHERE)}
        stale.update(edge.source for edge in edges if edge.exit)
        for edge in edges:
            graph.remove(edge)
            self._trail.edges.append((edge, False))
        self._spend(len(upstream) + len(edges))
        if not all(self._has_another_way(edge, stale) for edge in edges):
            self._make_anew(stale)

    def _has_another_way(self, edge: Edge, stale: Collection[int]) -> bool:
        """Whether what the edge gave is there without it. Exits and steps of someone even are the same."""
        graph, source, target = self.graph, edge.source, edge.target
        if edge.exit and not self._leads(graph.exits.out.get(source, NOWHERE), target, stale):
            return False
        if not edge.step or (edge.exit and source not in graph.uneven):
            return True
        return self._leads(graph.steps.out.get(source, NOWHERE), target, stale)

    def _leads(self, first: Collection[int], target: int, stale: Collection[int]) -> bool:
        """Whether `target` is one of `first` or reached from one."""
        out = self.graph.steps.out
        seen = set(first)
        waiting = list(first)
        while waiting:
            number = waiting.pop()
            if number == target:
                return True
            if self._is_known(number, stale):
                if holds(self.rows.get(number, EMPTY), target):
                    return True
                continue
            for further in out.get(number, NOWHERE):
                if further not in seen:
                    seen.add(further)
                    waiting.append(further)
        self._spend(len(seen))
        return False

    # -- making sets

    def _make_anew(self, numbers: Collection[int]) -> None:
        """The sets of `numbers`, from the graph and everybody else's."""
        exits, steps, uneven = self.graph.exits.out, self.graph.steps.out, self.graph.uneven
        stale = set(numbers)
        if len(stale) * FEW < len(uneven):
            for number in stale:
                self._set(number, self._reached(exits.get(number, NOWHERE), stale))
            return
        found = Condensation(steps, self._known(stale), self._count)
        for number in stale:
            if number in uneven:
                targets = exits.get(number, NOWHERE)
                found.search(targets)
                self._set(number, found.union(targets))
            else:
                found.search((number,))
                self._set(number, found.beyond[number])
        self._spend(len(found.reached))

    def _reached(self, first: Iterable[int], stale: Collection[int]) -> Bits:
        """`first`, and everything that is reached from there."""
        out, rows = self.graph.steps.out, self.rows
        found: dict[int, int] = {}
        seen: set[int] = set()
        waiting = list(first)
        while waiting:
            number = waiting.pop()
            if number in seen or holds(found, number):
                continue
            seen.add(number)
            if self._is_known(number, stale):
                include(found, rows.get(number, EMPTY))
            else:
                waiting.extend(out.get(number, NOWHERE))
        include(found, bits_of(seen))
        self._spend(len(seen))
        self._count(len(found))
        return found
