"""Rules that compare facts with the clock: each row holds between instants, so a tick touches only what
crosses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from datalox.maintain.counting import Node
from datalox.maintain.unit import Propagation, Rows, Unit
from datalox.store.timer import Timer
from datalox.terms import Row

Bounds = tuple[float, ...] | None


class TimedRule(Unit):
    """Feeds `head` with one derivation per entry of `entries` whose comparisons hold now."""

    __slots__ = (
        "_bounds",
        "_clock",
        "_holds",
        "_minus",
        "_plus",
        "_width",
        "active",
        "entries",
        "head",
        "timer",
    )

    def __init__(
        self,
        entries: Node,
        head: Node,
        head_arity: int,
        holds: Callable[[Row, Any], bool],
        bounds: Callable[[Row], Bounds],
    ) -> None:
        super().__init__()
        self.entries = entries
        self.head = head
        self._width = head_arity
        self._holds = holds
        self._bounds = bounds
        self.timer = Timer()
        self.active: dict[Row, None] = {}
        self._clock: Any = None
        self._plus: list[Row] = []
        self._minus: list[Row] = []

    def receive(self, source: str, plus: Rows, minus: Rows) -> None:
        self._plus.extend(plus)
        self._minus.extend(minus)

    def is_quiet(self, clock: Any) -> bool:
        """Whether a tick to `clock` cannot change anything here."""
        if clock is None or self._clock is None:
            return clock is self._clock
        return self.timer.is_quiet(clock)

    def process(self, network: Propagation) -> None:
        before, plus, minus = self._clock, self._plus, self._minus
        self._plus, self._minus = [], []
        clock = network.clock
        started: list[Row] = []
        ended: list[Row] = []
        if before != clock and not (before is not None and clock is not None and self.timer.is_quiet(clock)):
            self._tick(before, clock, started, ended)
        self._clock = clock
        self._settle_entries(clock, plus, minus, started, ended)
        if clock is not None and not self.timer.is_quiet(clock):
            self.timer.settle(clock)
        network.log(self, (before, plus, minus, started, ended))
        self._emit(started, ended)
        if self.head.delta and not self.head.scheduled:
            network.schedule(self.head)

    def _tick(self, before: Any, clock: Any, started: list[Row], ended: list[Row]) -> None:
        active, holds = self.active, self._holds
        if clock is None:
            ended.extend(active)
        else:
            candidates: Iterable[Row] = self.entries.relation.rows
            if before is not None:
                candidates = dict.fromkeys(self.timer.between(min(before, clock), max(before, clock)))
            for entry in candidates:
                if holds(entry, clock):
                    if entry not in active:
                        started.append(entry)
                elif entry in active:
                    ended.append(entry)
        self._switch(started, ended)

    def _settle_entries(
        self, clock: Any, plus: Rows, minus: Rows, started: list[Row], ended: list[Row]
    ) -> None:
        active, bounds = self.active, self._bounds
        for entry in minus:
            self.timer.remove(entry, bounds(entry))
            if entry in active:
                del active[entry]
                ended.append(entry)
        for entry in plus:
            self.timer.add(entry, bounds(entry))
            if clock is not None and entry not in active and self._holds(entry, clock):
                active[entry] = None
                started.append(entry)

    def _switch(self, started: Rows, ended: Rows) -> None:
        for entry in ended:
            self.active.pop(entry, None)
        for entry in started:
            self.active[entry] = None

    def _emit(self, started: Rows, ended: Rows) -> None:
        delta, width = self.head.delta, self._width
        for entry in ended:
            row = entry[:width]
            delta[row] = delta.get(row, 0) - 1
        for entry in started:
            row = entry[:width]
            delta[row] = delta.get(row, 0) + 1

    def forget(self) -> None:
        self._plus, self._minus = [], []

    def undo(self, record: Any) -> None:
        before, plus, minus, started, ended = record
        bounds = self._bounds
        for entry in plus:
            self.timer.remove(entry, bounds(entry))
        for entry in minus:
            self.timer.add(entry, bounds(entry))
        self._clock = before
        final = dict.fromkeys(ended)
        for entry in started:
            if entry in final:
                del final[entry]
            self.active.pop(entry, None)
        self.active.update(final)
        self.timer.quiet_from = self.timer.quiet_to = 0.0
