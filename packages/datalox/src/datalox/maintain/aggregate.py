"""Aggregates kept per group: changed rows in, changed values out; a value that stays causes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from datalox.maintain.counting import DeltaRule, Driven, Node
from datalox.maintain.groups import Group, Pairs, Results, tally_for
from datalox.maintain.unit import Propagation, Rows, Unit
from datalox.plan.core import AggregateSpec
from datalox.terms import Row, Term, Var

Flip = tuple[Group, Any, Any]
"""(group, the value it had, the value it has); None for none"""


def is_distinct(spec: AggregateSpec) -> bool:
    """Whether two different rows of a group always have different values: nothing else in the goal varies."""
    if not isinstance(spec.value, Var):
        return False
    fixed: set[Term] = {spec.value, *spec.groups}
    return all(not isinstance(term, Var) or term in fixed for term in spec.goal.terms)


class Totals(Unit):
    """The values of an aggregate that exists for every group; rules that look them up are driven by
    their changes. Never scheduled: the aggregate flips them in its own turn."""

    __slots__ = ("_bare", "after", "before", "empty", "name", "readers", "targets", "values")

    def __init__(self, name: str, bare: bool) -> None:
        super().__init__()
        self.name = name
        self.empty = 0
        self.values: dict[Group, Any] = {}
        self.before: list[Driven] = []
        self.after: list[DeltaRule] = []
        self.readers: list[Unit] = []
        self.targets: list[Unit] = []
        self._bare = bare

    def flip(self, network: Propagation, flips: Sequence[Flip]) -> None:
        """Let groups have other values (None: none)."""
        empty, values = self.empty, self.values
        plus: list[Row] = []
        minus: list[Row] = []
        for group, was, now in flips:
            was, now = empty if was is None else was, empty if now is None else now
            if was != now:
                minus.append((group, was) if self._bare else (*group, was))
                plus.append((group, now) if self._bare else (*group, now))
        for before in self.before if plus else ():
            before.run(plus, minus)
        network.journal.append((self, flips))
        for group, _, now in flips:
            if now is None:
                values.pop(group, None)
            else:
                values[group] = now
        if plus:
            for rule in self.after:
                rule.run(plus, minus)
            for reader in self.readers:
                reader.receive(self.name, plus, minus)
                network.schedule(reader)
            for target in self.targets:
                if target.delta and not target.scheduled:
                    network.schedule(target)

    def process(self, network: Propagation) -> None:
        raise AssertionError(f"{self.name} was scheduled")

    def forget(self) -> None:
        """Nothing is ever pending here."""

    def undo(self, record: Any) -> None:
        for group, was, _ in record:
            if was is None:
                self.values.pop(group, None)
            else:
                self.values[group] = was


class AggregateUnit(Unit):
    """Reads the rows of a goal, keeps the state of each group, and writes `(group…, value)` to its output."""

    __slots__ = ("_bare", "_feed", "_minus", "_plus", "_tally", "output")

    def __init__(self, spec: AggregateSpec, output: Node | Totals, feed: Callable[[Rows], Pairs]) -> None:
        super().__init__()
        self.output = output
        self._bare = len(spec.groups) == 1
        self._feed = feed
        self._tally = tally_for(spec.op, is_distinct(spec))
        self._plus: list[Row] = []
        self._minus: list[Row] = []

    def receive(self, source: str, plus: Rows, minus: Rows) -> None:
        self._plus.extend(plus)
        self._minus.extend(minus)

    def process(self, network: Propagation) -> None:
        plus, minus = self._plus, self._minus
        self._plus, self._minus = [], []
        added = self._feed(plus) if plus else []
        removed = self._feed(minus) if minus else []
        old: Results = {}
        network.journal.append((self, (added, removed)))
        self._change(added, removed, old)
        result = self._tally.result
        flips = [(group, was, now) for group, was in old.items() if was != (now := result(group))]
        output = self.output
        if isinstance(output, Totals):
            output.flip(network, flips)
        elif flips:
            self._write(output.delta, flips)
            if not output.scheduled:
                network.schedule(output)

    def _write(self, delta: dict[Row, int], flips: Iterable[Flip]) -> None:
        for group, was, now in flips:
            values = (group,) if self._bare else group
            if was is not None:
                delta[(*values, was)] = -1
            if now is not None:
                delta[(*values, now)] = 1

    def _change(self, added: Pairs, removed: Pairs, old: Results) -> None:
        if added:
            self._tally.change(added, 1, old)
        if removed:
            self._tally.change(removed, -1, old)

    def forget(self) -> None:
        self._plus, self._minus = [], []

    def undo(self, record: Any) -> None:
        added, removed = record
        self._change(removed, added, {})
