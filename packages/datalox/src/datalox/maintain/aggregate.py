"""Aggregates kept per group: changed rows in, changed values out; a value that stays causes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from datalox.maintain.counting import DeltaRule, Driven, Node
from datalox.maintain.groups import State, state_maker
from datalox.maintain.unit import Propagation, Rows, Unit
from datalox.plan.core import AggregateSpec
from datalox.terms import Row, Term, Var

Group = tuple[Any, ...]
Pairs = list[tuple[Group, Any]]


def is_distinct(spec: AggregateSpec) -> bool:
    """Whether two different rows of a group always have different values: nothing else in the goal varies."""
    if not isinstance(spec.value, Var):
        return False
    fixed: set[Term] = {spec.value, *spec.groups}
    return all(not isinstance(term, Var) or term in fixed for term in spec.goal.terms)


class Totals(Unit):
    """The values of an aggregate that exists for every group; rules that look them up are driven by
    their changes."""

    __slots__ = ("after", "before", "empty", "name", "pending", "readers", "targets", "values")

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.empty = 0
        self.values: dict[Group, Any] = {}
        self.pending: dict[Group, Any] = {}
        self.before: list[Driven] = []
        self.after: list[DeltaRule] = []
        self.readers: list[Unit] = []
        self.targets: list[Unit] = []

    def process(self, network: Propagation) -> None:
        pending, self.pending = self.pending, {}
        values, empty = self.values, self.empty
        old = {group: values.get(group) for group in pending}
        plus: list[Row] = []
        minus: list[Row] = []
        for group, new in pending.items():
            was, now = old[group], new
            was, now = empty if was is None else was, empty if now is None else now
            if was != now:
                minus.append((*group, was))
                plus.append((*group, now))
        if plus:
            for rule in self.before:
                rule.run(plus, minus)
        self._store(pending)
        network.journal.append((self, old))
        if plus:
            self._announce(network, plus, minus)

    def _announce(self, network: Propagation, plus: Rows, minus: Rows) -> None:
        for rule in self.after:
            rule.run(plus, minus)
        for reader in self.readers:
            reader.receive(self.name, plus, minus)
            network.schedule(reader)
        for target in self.targets:
            if target.delta and not target.scheduled:
                network.schedule(target)

    def _store(self, values: dict[Group, Any]) -> None:
        for group, value in values.items():
            if value is None:
                self.values.pop(group, None)
            else:
                self.values[group] = value

    def forget(self) -> None:
        self.pending = {}

    def undo(self, record: Any) -> None:
        self._store(record)


class AggregateUnit(Unit):
    """Reads the rows of a goal, keeps the state of each group, and writes `(group…, value)` to its output."""

    __slots__ = ("_feed", "_groups", "_make", "_minus", "_plus", "output")

    def __init__(self, spec: AggregateSpec, output: Node | Totals, feed: Callable[[Rows], Pairs]) -> None:
        super().__init__()
        self.output = output
        self._feed = feed
        self._make = state_maker(spec.op, is_distinct(spec))
        self._groups: dict[Group, State] = {}
        self._plus: list[Row] = []
        self._minus: list[Row] = []

    def receive(self, source: str, plus: Rows, minus: Rows) -> None:
        self._plus.extend(plus)
        self._minus.extend(minus)

    def result(self, group: Group) -> Any:
        """The value of the group, None if it has no rows (or no value)."""
        state = self._groups.get(group)
        return None if state is None else state.result()

    def process(self, network: Propagation) -> None:
        added, removed = self._feed(self._plus), self._feed(self._minus)
        self._plus, self._minus = [], []
        touched = dict.fromkeys(group for pairs in (added, removed) for group, _ in pairs)
        old = {group: self.result(group) for group in touched}
        self._change(added, removed)
        network.journal.append((self, (added, removed)))
        output = self.output
        for group, was in old.items():
            now = self.result(group)
            if was != now:
                self._write(group, was, now)
        if (output.pending if isinstance(output, Totals) else output.delta) and not output.scheduled:
            network.schedule(output)

    def _write(self, group: Group, was: Any, now: Any) -> None:
        output = self.output
        if isinstance(output, Totals):
            output.pending[group] = now
            return
        if was is not None:
            output.delta[(*group, was)] = -1
        if now is not None:
            output.delta[(*group, now)] = 1

    def _change(self, added: Pairs, removed: Pairs) -> None:
        groups = self._groups
        for group, value in added:
            state = groups.get(group)
            if state is None:
                state = groups[group] = self._make()
            state.change(value, 1)
        for group, value in removed:
            state = groups[group]
            state.change(value, -1)
            if state.is_empty():
                del groups[group]

    def forget(self) -> None:
        self._plus, self._minus = [], []

    def undo(self, record: Any) -> None:
        added, removed = record
        self._change(removed, added)
