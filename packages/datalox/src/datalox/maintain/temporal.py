"""Rules that compare facts with the clock: each row holds between instants, so a tick touches only what
crosses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from datalox.maintain.counting import Node
from datalox.maintain.unit import Propagation, Rows
from datalox.store.relation import Relation
from datalox.store.timer import Timer
from datalox.terms import Row

Instants = tuple[int, ...] | None


class TimedRule(Node):
    """Keeps the entries of one rule (head values, then what the comparisons need) by counting, and feeds
    `head`
    with one derivation per entry whose comparisons hold now."""

    counts_rows = False
    __slots__ = ("_bounds", "_clock", "_holds", "_width", "active", "head", "timer")

    def __init__(
        self,
        entries: Relation,
        head: Node,
        head_arity: int,
        holds: Callable[[Row, Any], bool],
        bounds: Callable[[Row], Instants],
    ) -> None:
        super().__init__(entries, visible=False)
        self.head = head
        self.timer = Timer()
        self.active: dict[Row, None] = {}
        self._width = head_arity
        self._holds = holds
        self._bounds = bounds
        self._clock: Any = None

    def is_quiet(self, clock: Any) -> bool:
        """Whether a tick to `clock` cannot change anything here."""
        if clock is None or self._clock is None:
            return clock is self._clock
        return self.timer.is_quiet(clock)

    def process(self, network: Propagation) -> None:
        delta, self.delta = self.delta, {}
        before, clock = self._clock, network.clock
        timer = self.timer
        plus, minus = self.relation.merge(delta)
        started: list[Row] = []
        ended: list[Row] = []
        if before != clock:
            if before is None or clock is None or not timer.is_quiet(clock):
                self._tick(before, clock, started, ended)
            self._clock = clock
        if not (len(plus) == 1 and len(minus) == 1 and self._moves(minus[0], plus[0], clock)):
            self._remove(minus, ended)
            self._add(plus, clock, started)
        if clock is not None and not timer.quiet_from < clock < timer.quiet_to:
            timer.settle(clock)
        network.log(self, (before, delta, plus, minus, started, ended))
        if started or ended:
            self._emit(network, started, ended)

    def _tick(self, before: Any, clock: Any, started: list[Row], ended: list[Row]) -> None:
        """Find the entries that differ between two instants. Removed entries may still be among them."""
        active, holds = self.active, self._holds
        if clock is None:
            ended.extend(active)
            active.clear()
            return
        candidates: Iterable[Row] = self.relation.rows
        if before is not None:
            candidates = list(self.timer.between(min(before, clock), max(before, clock)))
        for entry in candidates:
            if holds(entry, clock):
                if entry not in active:
                    started.append(entry)
                    active[entry] = None
            elif entry in active:
                ended.append(entry)
                del active[entry]

    def _moves(self, old: Row, new: Row, clock: Any) -> bool:
        """Whether one entry gave way to another and neither holds: then only their instants move."""
        if clock is None or old in self.active or self._holds(new, clock):
            return False
        timer, bounds = self.timer, self._bounds
        timer.remove(old, bounds(old))
        timer.add(new, bounds(new))
        return True

    def _remove(self, entries: Rows, ended: list[Row]) -> None:
        active, bounds, remove = self.active, self._bounds, self.timer.remove
        for entry in entries:
            remove(entry, bounds(entry))
            if active and entry in active:
                del active[entry]
                ended.append(entry)

    def _add(self, entries: Rows, clock: Any, started: list[Row]) -> None:
        active, bounds, holds, add = self.active, self._bounds, self._holds, self.timer.add
        for entry in entries:
            add(entry, bounds(entry))
            if clock is not None and entry not in active and holds(entry, clock):
                active[entry] = None
                started.append(entry)

    def _emit(self, network: Propagation, started: Rows, ended: Rows) -> None:
        head, width = self.head, self._width
        delta = head.delta
        for entry in ended:
            row = entry[:width]
            delta[row] = delta.get(row, 0) - 1
        for entry in started:
            row = entry[:width]
            delta[row] = delta.get(row, 0) + 1
        if not head.scheduled:
            network.schedule(head)

    def undo(self, record: Any) -> None:
        before, delta, plus, minus, started, ended = record
        self.relation.merge({row: -change for row, change in delta.items()})
        for entry in plus:
            self.timer.remove(entry, self._bounds(entry))
        for entry in minus:
            self.timer.add(entry, self._bounds(entry))
        self._clock = before
        earlier = dict.fromkeys(ended)
        for entry in started:
            earlier.pop(entry, None)
            self.active.pop(entry, None)
        self.active.update(earlier)
        self.timer.quiet_from = self.timer.quiet_to = 0.0
