"""A predicate that is the closure of pairs: kept as sets of what each value reaches, not row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from datalox.compile.rules import RuleStatistics
from datalox.maintain.budget import RECURSION_LIMIT, Meter, exceeded
from datalox.maintain.counting import Node
from datalox.maintain.depths import Depths
from datalox.maintain.edges import Edge
from datalox.maintain.reach import Reach, Trail
from datalox.maintain.unit import Propagation, Rows
from datalox.store.bits import EMPTY, Bits, minus
from datalox.store.numbering import Numbering
from datalox.store.pairs import PairRelation, PairSet
from datalox.store.relation import Relation
from datalox.terms import Row


class ClosureTrail(Trail):
    """What one transaction did, the numbers of values that came and went included."""

    __slots__ = ("freed", "fresh")

    def __init__(self) -> None:
        super().__init__()
        self.fresh: list[Any] = []
        self.freed: list[tuple[int, Any]] = []


class ClosureNode(Node):
    """Pairs from exits, and then steps at their end; if not `forward`, before them.

    Exits and steps are read when all of them have flipped: what matters is what holds then.
    """

    __slots__ = (
        "_depths", "_exits", "_made", "_meter", "_numbering", "_reach", "_statistics", "_steps", "_touched",
        "pairs", "read_together",
    )  # fmt: skip

    def __init__(
        self, name: str, forward: bool, visible: bool, meter: Meter, statistics: RuleStatistics
    ) -> None:
        self._made = 0
        self._meter = meter
        self._statistics = statistics
        self._exits: Sequence[Relation] = ()
        self._steps: Sequence[Relation] = ()
        self._reach = Reach(self._spend, self._count)
        self._depths = Depths(self._reach.graph)
        self._numbering = Numbering()
        self._touched: dict[Row, None] = {}
        self.read_together = False
        self.pairs = PairRelation(name, self._reach.rows, self._numbering, forward)
        super().__init__(self.pairs, visible)

    def connect(self, exits: Sequence[Relation], steps: Sequence[Relation]) -> None:
        """Name the relations it is made of; their flips are to be received."""
        self._exits = exits
        self._steps = steps

    @property
    def work(self) -> tuple[str, ...]:
        return (self.name,)

    def _spend(self, looked_at: int) -> None:
        self._statistics.read += looked_at
        self._meter.spend(looked_at)

    def _count(self, blocks: int) -> None:
        """Sets that are made stay within what memory holds, whatever the budget."""
        self._made += blocks
        if self._made > RECURSION_LIMIT:
            raise exceeded("blocks of pairs", RECURSION_LIMIT, "derive fewer pairs, or ask on demand")

    def receive(self, source: str, plus: Rows, minus: Rows) -> None:
        self._touched.update(dict.fromkeys(plus))
        self._touched.update(dict.fromkeys(minus))

    def process(self, network: Propagation) -> None:
        trail = ClosureTrail()
        record: list[Any] = [trail, (), ()]
        network.log(self, record)
        touched, self._touched = self._touched, {}
        self._made = 0
        self._statistics.calls += 1
        self._statistics.touched += len(touched)
        self._depths.clear()
        self._reach.change(*self._edges(touched, trail.fresh), trail)
        appeared, vanished = self._difference(trail)
        if appeared or vanished:
            if self.before:
                self._show_old(trail, appeared, vanished)
            self.pairs.flip(appeared, vanished)
            record[1:] = appeared, vanished
        self._free(trail)
        if appeared or vanished:
            self.announce(network, appeared, vanished)

    def _show_old(self, trail: Trail, appeared: PairSet, vanished: PairSet) -> None:
        """Run what reads the relation old."""
        self._reach.swap(trail)
        try:
            for rule in self.before:
                rule.run(appeared, vanished)
        finally:
            self._reach.swap(trail)

    def _edges(self, touched: Iterable[Row], fresh: list[Any]) -> tuple[list[Edge], list[Edge]]:
        """What is no longer, and what is now, an exit or a step."""
        exits = _present(touched, self._exits)
        steps = _present(touched, self._steps)
        graph, number = self._reach.graph, self._numbering.number
        gone: list[Edge] = []
        come: list[Edge] = []
        for row in touched:
            first, second = row if self.pairs.forward else row[::-1]
            pair = source, target = number(first, fresh), number(second, fresh)
            was_exit, was_step = pair in graph.exits, pair in graph.steps
            is_exit, is_step = row in exits, row in steps
            if (was_exit and not is_exit) or (was_step and not is_step):
                gone.append(Edge(source, target, was_exit and not is_exit, was_step and not is_step))
            if (is_exit and not was_exit) or (is_step and not was_step):
                come.append(Edge(source, target, is_exit and not was_exit, is_step and not was_step))
        return gone, come

    def _free(self, trail: ClosureTrail) -> None:
        """Values that no edge touches any longer give their numbers back."""
        graph = self._reach.graph
        ends = {number for edge, added in trail.edges if not added for number in edge[:2]}
        trail.freed = self._numbering.free(number for number in ends if not graph.is_touched(number))

    def _difference(self, trail: Trail) -> tuple[PairSet, PairSet]:
        rows = self._reach.rows
        appeared: dict[int, Bits] = {}
        vanished: dict[int, Bits] = {}
        for number, old in trail.rows.items():
            new = rows.get(number, EMPTY)
            if more := minus(new, old):
                appeared[number] = more
            if less := minus(old, new):
                vanished[number] = less
        table, forward = self._numbering.keep(), self.pairs.forward
        return PairSet(appeared, table, forward), PairSet(vanished, table, forward)

    def ranks_below(self, row: Row) -> Callable[[str, Row], int]:
        """How deep the pairs that `row`, which holds, can rest on are."""
        numbers = self._numbering.numbers
        ends = (0, 1) if self.pairs.forward else (1, 0)
        depth = self._depths.below(*(numbers[row[end]] for end in ends))
        return lambda name, pair: depth(*(numbers[pair[end]] for end in ends))

    def forget(self) -> None:
        self._touched = {}

    def undo(self, record: Any) -> None:
        trail, appeared, vanished = record
        self._depths.clear()
        self._reach.undo(trail)
        self._numbering.restore(trail.freed, trail.fresh)
        if appeared or vanished:
            self.pairs.flip(vanished, appeared)


def _present(rows: Iterable[Row], relations: Sequence[Relation]) -> set[Row]:
    """Those of `rows` that are in one of the relations."""
    found: set[Row] = set()
    for relation in relations:
        if len(relation):
            found.update(filter(relation.__contains__, rows))
    return found
