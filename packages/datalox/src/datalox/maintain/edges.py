"""The graph a closure is taken of: steps between numbered values, and exits, the pairs it starts from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

NOWHERE: Final[frozenset[int]] = frozenset()


class Edge(NamedTuple):
    """A pair that is, or is no longer, an exit, a step, or both."""

    source: int
    target: int
    exit: bool
    step: bool


class Edges:
    """Pairs of numbers, by either side."""

    __slots__ = ("into", "out")

    def __init__(self) -> None:
        self.out: dict[int, set[int]] = {}
        self.into: dict[int, set[int]] = {}

    def __contains__(self, pair: tuple[int, int]) -> bool:
        return pair[1] in self.out.get(pair[0], NOWHERE)

    def add(self, source: int, target: int) -> None:
        _add(self.out, source, target)
        _add(self.into, target, source)

    def remove(self, source: int, target: int) -> None:
        _remove(self.out, source, target)
        _remove(self.into, target, source)

    def touches(self, number: int) -> bool:
        return number in self.out or number in self.into


def _add(sets: dict[int, set[int]], key: int, number: int) -> None:
    found = sets.get(key)
    if found is None:
        sets[key] = {number}
    else:
        found.add(number)


def _remove(sets: dict[int, set[int]], key: int, number: int) -> None:
    found = sets[key]
    found.remove(number)
    if not found:
        del sets[key]


class Graph:
    """Steps and exits. A number is even if both lead from it to the same: what the closure has for it is
    then also all that is behind it."""

    __slots__ = ("exits", "steps", "uneven")

    def __init__(self) -> None:
        self.steps = Edges()
        self.exits = Edges()
        self.uneven: dict[int, int] = {}
        """number -> how many pairs from it are only one of the two"""

    def add(self, edge: Edge) -> None:
        source, target, is_exit, is_step = edge
        if is_exit:
            self.exits.add(source, target)
        if is_step:
            self.steps.add(source, target)
        if is_exit != is_step:
            self._balance(source, target)

    def remove(self, edge: Edge) -> None:
        source, target, is_exit, is_step = edge
        if is_exit:
            self.exits.remove(source, target)
        if is_step:
            self.steps.remove(source, target)
        if is_exit != is_step:
            self._balance(source, target)

    def _balance(self, source: int, target: int) -> None:
        """One of the two changed for a pair: it is even now if it was not before."""
        pair = (source, target)
        left = self.uneven.get(source, 0) + (1 if (pair in self.exits) != (pair in self.steps) else -1)
        if left:
            self.uneven[source] = left
        else:
            del self.uneven[source]

    def size(self) -> int:
        """Numbers and pairs, roughly: what a look at everything costs."""
        return len(self.steps.out) + len(self.steps.into) + len(self.exits.out)

    def upstream(self, ends: Iterable[int]) -> set[int]:
        """The numbers from which steps lead to one of `ends`, these included."""
        into = self.steps.into
        found = set(ends)
        waiting = list(found)
        while waiting:
            for earlier in into.get(waiting.pop(), NOWHERE):
                if earlier not in found:
                    found.add(earlier)
                    waiting.append(earlier)
        return found

    def is_touched(self, number: int) -> bool:
        return self.steps.touches(number) or self.exits.touches(number)
