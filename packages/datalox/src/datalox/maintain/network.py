"""The network of one set of modules: every unit in topological order, and how changes travel through it.

One relation flips at a time. Rules read what comes earlier in the order new and what comes later old, so the
changes of derivations they emit are exact and each transaction visits only the cone of what it touched.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from datalox.compile.rules import Compiled, RuleStatistics, relations_of
from datalox.diagnostics import DatalogError, Diagnostic
from datalox.maintain.aggregate import AggregateUnit, Totals
from datalox.maintain.budget import Meter
from datalox.maintain.closure import ClosureNode
from datalox.maintain.collector import BULK, paused
from datalox.maintain.counting import Node
from datalox.maintain.recursive import Component
from datalox.maintain.temporal import TimedRule
from datalox.maintain.unit import Unit
from datalox.plan.core import CLOCK, CoreRule, Design
from datalox.store.relation import Relation

Log = list[tuple[Unit, Any]]


class Network:
    """Units, their order, the clock, and the log of what the open transaction has done."""

    def __init__(self, design: Design, meter: Meter) -> None:
        self.design = design
        self.meter = meter
        self.nodes: dict[str, Node] = {}
        self.totals: dict[str, Totals] = {}
        self.aggregates: list[AggregateUnit] = []
        self.timers: dict[str, TimedRule] = {}
        self.components: dict[str, Component | ClosureNode] = {}
        self.units: list[Unit] = []
        self.clock: Any = None
        self.statistics: dict[str, RuleStatistics] = {}
        self.sources: dict[str, str] = {}
        self.journal: Log = []
        self.failed = False
        """Whether propagation broke off in the open transaction: it can only be rolled back."""
        self._pending: list[int] = []
        self._plans: dict[str, list[Callable[[], None]]] = {}

    def statistics_of(self, label: str) -> RuleStatistics:
        found = self.statistics.get(label)
        if found is None:
            found = self.statistics[label] = RuleStatistics(label)
        return found

    def keep(self, title: str, compiled: Compiled, forget: Callable[[], None]) -> None:
        """Remember generated source, and forget the plan when a relation it reads has changed tenfold."""
        self.sources[title] = compiled.source
        for name in compiled.relations:
            self._plans.setdefault(name, []).append(forget)

    def statistics_moved(self, relation: Relation) -> None:
        for forget in self._plans.pop(relation.name, ()):
            forget()

    def add_base(self, name: str, arity: int) -> Node:
        """A relation that no rule reads (yet): open-world facts."""
        relation = Relation(name, arity)
        relation.moved = self.statistics_moved
        node = self.nodes[name] = Node(relation, visible=True)
        node.position = len(self.units)
        self.units.append(node)
        return node

    def remove_base(self, name: str) -> None:
        """Undo the latest `add_base`."""
        assert self.units[-1] is self.nodes[name]
        self.units.pop()
        del self.nodes[name]

    def schedule(self, unit: Unit) -> None:
        if not unit.scheduled:
            unit.scheduled = True
            heappush(self._pending, unit.position)

    def log(self, unit: Unit, record: Any) -> None:
        self.journal.append((unit, record))

    def set_clock(self, value: Any) -> None:
        """The clock reads `value` from now on (None: there is no clock)."""
        old = self.clock
        if old == value and (old is None) == (value is None):
            return
        self.clock = value
        node = self.nodes[CLOCK]
        for instant, change in ((old, -1), (value, 1)):
            if instant is not None:
                node.delta[(instant,)] = node.delta.get((instant,), 0) + change
        self.schedule(node)
        for timer in self.timers.values():
            if not timer.is_quiet(value):
                self.schedule(timer)

    def propagate(self) -> None:
        """Process everything that is scheduled, in order."""
        if self.failed:
            raise unfinished()
        pending, units = self._pending, self.units
        if not pending:
            return
        waiting = 0
        for position in pending:
            waiting += len(units[position].delta)
        if waiting < BULK:
            self._propagate()
        else:
            with paused(waiting):
                self._propagate()

    def _propagate(self) -> None:
        pending, units = self._pending, self.units
        derived = self.meter.derived
        try:
            while pending:
                unit = units[heappop(pending)]
                unit.scheduled = False
                unit.process(self)
                if derived is not None:
                    self.meter.check_derived(self.journal)
        except BaseException:
            self.failed = True
            raise

    def roll_back(self, mark: int, clock: Any) -> None:
        """Undo what was logged since `mark` and drop what is pending."""
        for position in self._pending:
            self.units[position].scheduled = False
        self._pending.clear()
        for unit in self.units:
            unit.forget()
        while len(self.journal) > mark:
            unit, record = self.journal.pop()
            unit.undo(record)
        self.clock = clock
        self.failed = False

    def start(self, compile_full: Callable[[CoreRule], Compiled]) -> None:
        """Derive what follows from nothing at all."""
        members = {name for component in self.components.values() for name in component.work}
        for rule in self.design.rules:
            positive = any(name for name in _positive(rule))
            if not positive and rule.head.predicate not in members:
                name = rule.head.predicate
                unit: Unit = self.timers.get(name) or self.nodes[name]
                compile_full(rule).function((), (), 1, unit.delta)
                self.schedule(unit)
        for component in self.components.values():
            self.schedule(component)
        for timer in self.timers.values():
            self.schedule(timer)
        self.propagate()
        self.journal.clear()


def _positive(rule: CoreRule) -> frozenset[str]:
    return relations_of([item for item in rule.body if not getattr(item, "negated", False)])


def unfinished() -> DatalogError:
    """The error for going on with a transaction whose propagation broke off."""
    return DatalogError(
        [
            Diagnostic(
                "failed-transaction", "this transaction failed", "let the error end its block: it rolls back"
            )
        ]
    )
