"""How deep a pair of a closure is, found when somebody asks: explanations need it, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from datalox.maintain.edges import NOWHERE, Graph

KEPT = 64
"""Searches that are remembered, each way."""
Depth = Callable[[int, int], int]


class Depths:
    """A pair's depth is 1 for an exit, one more for each step. Searches are kept until the graph changes."""

    __slots__ = ("_from", "_graph", "_to")

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._from: dict[int, dict[int, int]] = {}
        self._to: dict[int, dict[int, int]] = {}

    def clear(self) -> None:
        self._from.clear()
        self._to.clear()

    def below(self, start: int, end: int) -> Depth:
        """The depth of pairs from `start` or to `end`: what the pair of both can rest on. They must hold."""

        def depth(first: int, last: int) -> int:
            return self.behind(start)[last] if first == start else self.before(end, first)

        return depth

    def behind(self, start: int) -> dict[int, int]:
        """number -> its depth, for all that `start` is paired with."""
        found = self._from.get(start)
        if found is None:
            exits = self._graph.exits.out.get(start, NOWHERE)
            found = _search(exits, self._graph.steps.out)
            _keep(self._from, start, found)
        return found

    def before(self, end: int, start: int) -> int:
        """The depth of the pair, by a search that starts at its end."""
        found = self._to.get(end)
        if found is None:
            found = _search((end,), self._graph.steps.into)
            _keep(self._to, end, found)
        exits = self._graph.exits.out.get(start, NOWHERE)
        return min(found[number] for number in exits if number in found)


def _keep(searches: dict[int, dict[int, int]], number: int, found: dict[int, int]) -> None:
    if len(searches) >= KEPT:
        searches.clear()
    searches[number] = found


def _search(first: Iterable[int], near: dict[int, set[int]]) -> dict[int, int]:
    """Breadth first: `first` have depth 1."""
    depth = 1
    depths = dict.fromkeys(first, depth)
    frontier = list(depths)
    while frontier:
        depth += 1
        beyond: list[int] = []
        for number in frontier:
            for further in near.get(number, NOWHERE):
                if further not in depths:
                    depths[further] = depth
                    beyond.append(further)
        frontier = beyond
    return depths
