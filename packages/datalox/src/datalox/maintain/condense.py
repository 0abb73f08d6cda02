"""What every number of a graph reaches, component by component: one union per step.

Tarjan's search meets what a component leads to before the component itself, so each number's set is made
once, from finished ones; the numbers of a cycle share one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from datalox.maintain.edges import NOWHERE
from datalox.store.bits import Bits, bits_of, include, with_number

Out = Mapping[int, set[int]]


class Condensation:
    """`beyond`: number -> what one or more steps from it reach; `reached`: the same with the number itself.

    `known` gives what is beyond a number where that is known already: nothing behind it is looked at. `count`
    is told the size of each set that is made.
    """

    __slots__ = ("_count", "_index", "_known", "_low", "_out", "_stack", "beyond", "reached")

    def __init__(self, out: Out, known: Callable[[int], Bits | None], count: Callable[[int], None]) -> None:
        self._count = count
        self.beyond: dict[int, Bits] = {}
        self.reached: dict[int, Bits] = {}
        self._out = out
        self._known = known
        self._index: dict[int, int] = {}
        self._low: dict[int, int] = {}
        self._stack: list[int] = []

    def search(self, roots: Iterable[int]) -> None:
        """Fill the sets of `roots` and of everything behind them."""
        for root in roots:
            if root not in self.reached and not self._is_known(root):
                self._run(root)

    def _is_known(self, number: int) -> bool:
        bits = self._known(number)
        if bits is None:
            return False
        self.reached[number] = with_number(bits, number)
        return True

    def _enter(self, number: int) -> tuple[int, Iterator[int]]:
        self._index[number] = self._low[number] = len(self._index)
        self._stack.append(number)
        return number, iter(self._out.get(number, NOWHERE))

    def _run(self, root: int) -> None:
        index, low, reached = self._index, self._low, self.reached
        path = [self._enter(root)]
        while path:
            number, targets = path[-1]
            for target in targets:
                if target in reached:
                    continue
                seen = index.get(target)
                if seen is None:
                    if self._is_known(target):
                        continue
                    path.append(self._enter(target))
                    break
                if seen < low[number]:
                    low[number] = seen
            else:
                path.pop()
                lowest = low[number]
                if lowest == index[number]:
                    self._finish(number)
                elif lowest < low[path[-1][0]]:
                    low[path[-1][0]] = lowest

    def _finish(self, number: int) -> None:
        """Take the component that `number` was the first of off the stack."""
        stack, targets = self._stack, self._out.get(number, NOWHERE)
        if stack[-1] == number and number not in targets:
            stack.pop()
            beyond = self.beyond[number] = self.union(targets)
            self.reached[number] = with_number(beyond, number)
            self._count(len(beyond))
            return
        start = len(stack) - 1
        while stack[start] != number:
            start -= 1
        members = stack[start:]
        del stack[start:]
        targets = {target for member in members for target in self._out[member]}
        found = self.union(targets.difference(members))
        include(found, bits_of(members))
        self._count(len(found))
        for member in members:
            self.beyond[member] = self.reached[member] = found

    def union(self, targets: Iterable[int]) -> dict[int, int]:
        """The union of what `targets` reach. Those of one component share a set: it is looked at once."""
        sets = {id(bits): bits for bits in map(self.reached.__getitem__, targets)}
        found: dict[int, int] = {}
        for bits in sets.values():
            include(found, bits)
        return found
