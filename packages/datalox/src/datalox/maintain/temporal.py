"""Rules that compare facts with the clock: each row holds between instants, so a tick touches only what
crosses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from datalox.maintain.counting import Node
from datalox.maintain.unit import Move, Propagation, Unit
from datalox.store.timer import HOLDS, ONE, Instants, Timer
from datalox.terms import Row

Turn: TypeAlias = "tuple[Row, Instants, int, int]"
"""(entry, its instants, old state, new state)"""


class TimedRule(Unit):
    """Keeps the entries of one rule (head values, then what the comparisons need) by counting, and feeds
    `head` with one derivation per entry whose comparisons hold now. `delta` is entry -> change of its
    derivations.

    `clock` is an instant for which all states are right; unscheduled, the network's is as good.
    """

    __slots__ = ("_bounds", "_holds", "_width", "clock", "head", "name", "timer")

    def __init__(
        self,
        name: str,
        head: Node,
        head_arity: int,
        holds: Callable[[Row, Any], bool],
        bounds: Callable[[Row], Instants],
    ) -> None:
        super().__init__()
        self.name = name
        self.head = head
        self.timer = Timer()
        self._width = head_arity
        self._holds = holds
        self._bounds = bounds
        self.clock: Any = None

    def is_quiet(self, clock: Any) -> bool:
        """Whether a tick to `clock` cannot change anything here."""
        if clock is None or self.clock is None:
            return clock is self.clock
        return self.timer.is_quiet(clock)

    def process(self, network: Propagation) -> None:
        delta, self.delta = self.delta, {}
        before, clock = self.clock, network.clock
        timer = self.timer
        turns: list[Turn] = []
        if before != clock:
            if before is None or clock is None or not timer.is_quiet(clock):
                self._tick(before, clock, turns)
            self.clock = clock
        self._merge(delta, clock, turns)
        if clock is not None and not timer.quiet_from < clock < timer.quiet_to:
            timer.settle(clock)
        network.journal.append((self, (before, turns)))
        self._emit(network, turns)

    def _tick(self, before: Any, clock: Any, turns: list[Turn]) -> None:
        """Find the entries whose truth differs between two instants."""
        timer, holds, bounds = self.timer, self._holds, self._bounds
        entries: Iterable[Row] = timer
        if before is not None and clock is not None:
            entries = timer.between(min(before, clock), max(before, clock))
        for entry in list(entries):
            instants = bounds(entry)
            state = timer.state(entry, instants)
            if (state & HOLDS) != (clock is not None and holds(entry, clock)):
                timer.put(entry, instants, state ^ HOLDS)
                turns.append((entry, instants, state, state ^ HOLDS))

    def _merge(self, delta: dict[Row, int], clock: Any, turns: list[Turn]) -> None:
        timer, holds, bounds = self.timer, self._holds, self._bounds
        buckets, always = timer.buckets, timer.always
        for entry, change in delta.items():
            if not change:
                continue
            instants = bounds(entry)
            home = always if instants is None else buckets.get(instants[0])
            old = home.get(entry, 0) if home is not None else 0
            new = old + ONE * change
            if not old and clock is not None and holds(entry, clock):
                new += HOLDS
            assert new >= 0, f"{self.name}{entry}: {new // ONE} derivations"
            if home is not None and new >= ONE and (old or instants is None or len(instants) == 1):
                home[entry] = new
            else:
                timer.put(entry, instants, new if new >= ONE else 0)
            turns.append((entry, instants, old, new if new >= ONE else 0))

    def _emit(self, network: Propagation, turns: Iterable[Turn]) -> None:
        head, width = self.head, self._width
        delta = head.delta
        for entry, _, old, new in turns:
            change = (new & HOLDS) - (old & HOLDS)
            if change:
                row = entry[:width]
                delta[row] = delta.get(row, 0) + change
        if delta and not head.scheduled:
            network.schedule(head)

    def take_back(self) -> None:
        """Derive nothing any more: the head loses what it has from here."""
        delta, width = self.head.delta, self._width
        for entry in dict.fromkeys(self.timer):
            if self.timer.state(entry, self._bounds(entry)) & HOLDS:
                row = entry[:width]
                delta[row] = delta.get(row, 0) - 1

    def forget(self) -> None:
        self.delta = {}

    def undo(self, record: Any) -> None:
        before, turns = record
        self.clock = before
        for entry, instants, old, _ in reversed(turns):
            self.timer.put(entry, instants, old)
        self.timer.quiet_from = self.timer.quiet_to = 0.0

    def move_back(self, move: Move) -> None:
        """Undo what `move` did."""
        _, before, after, state = move
        timer, bounds = self.timer, self._bounds
        timer.put(after, bounds(after), 0)
        timer.put(before, bounds(before), state)
        timer.quiet_from = timer.quiet_to = 0.0
