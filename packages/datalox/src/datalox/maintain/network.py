"""The network of one set of modules: every unit in topological order, and how changes travel through it.

One relation flips at a time. Rules read what comes earlier in the order new and what comes later old, so the
changes of derivations they emit are exact and each transaction visits only the cone of what it touched.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from datalox.compile.body import Library
from datalox.compile.rules import Compiled, RuleStatistics
from datalox.diagnostics import DatalogError, Diagnostic
from datalox.maintain.aggregate import Totals
from datalox.maintain.assembly import Assembly
from datalox.maintain.budget import Meter
from datalox.maintain.closure import ClosureNode
from datalox.maintain.collector import BULK, paused
from datalox.maintain.counting import DeltaRule, Node
from datalox.maintain.plans import Plans
from datalox.maintain.recursive import Component
from datalox.maintain.temporal import TimedRule
from datalox.maintain.unit import Unit
from datalox.plan.core import CLOCK, Design
from datalox.store.relation import Relation

Log = list[tuple[Unit, Any]]


class Network:
    """Units, their order, the clock, and the log of what the open transaction has done."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.plans = Plans()
        self.clock: Any = None
        self.sources: dict[str, tuple[str, str]] = {}
        """Generated text by its title, with the label of the rule it is made from."""
        self.journal: Log = []
        self.failed = False
        """Whether propagation broke off in the open transaction: it can only be rolled back."""
        self._pending: list[int] = []
        self.passed: set[str] = set()
        """Labels of rules that others took the place of, since `drop_passed`."""
        self.assembly = Assembly(Design())
        self.install(self.assembly)

    def install(self, assembly: Assembly) -> None:
        """Let another set of units run. Nothing may be scheduled."""
        self.passed |= self.assembly.design.labels()
        self.assembly = assembly
        self.design = assembly.design
        self.nodes, self.totals, self.units = assembly.nodes, assembly.totals, assembly.units
        self.timers: dict[str, TimedRule] = {name: timed.unit for name, timed in assembly.timed.items()}
        self.components: dict[str, Component | ClosureNode] = {
            **{title: circle.unit for title, circle in assembly.circles.items()},
            **{name: closed.unit for name, closed in assembly.closures.items()},
        }
        for circle in assembly.circles.values():
            circle.unit.read_together = circle.unit in assembly.read_together
        self.statistics = assembly.statistics
        for label, statistics in self.statistics.items():
            statistics.label = label
        for unit, links in assembly.links.items():
            links.give(unit)

    @property
    def library(self) -> Library:
        """What generated code refers to."""
        library = self.assembly.library
        assert library is not None
        return library

    def statistics_of(self, label: str) -> RuleStatistics:
        found = self.statistics.get(label)
        if found is None:
            found = self.statistics[label] = RuleStatistics(label)
        return found

    def keep(self, label: str, title: str, compiled: Compiled, forget: Callable[[], object]) -> None:
        """Remember what was generated from the rule `label`, and forget the plan when a relation it reads has
        changed tenfold."""
        self.sources[title] = label, compiled.source
        self.plans.keep(compiled.relations, forget)

    def drop_passed(self) -> None:
        """A transaction is over: nothing is kept of rules that are not in force."""
        gone = self.passed - self.design.labels()
        self.passed.clear()
        for label in gone:
            self.statistics.pop(label, None)
        if gone:
            self.sources = {title: told for title, told in self.sources.items() if told[0] not in gone}

    def prepare(self) -> None:
        """Plan and compile every rule now, not when it first runs."""
        units: list[Node | Totals] = [*self.nodes.values(), *self.totals.values()]
        for unit in units:
            for rule in (*unit.before, *unit.after):
                if isinstance(rule, DeltaRule):
                    rule.prepare()
        for component in self.components.values():
            for ranked in component.rules if isinstance(component, Component) else ():
                ranked.prepare()

    def add_base(self, name: str, arity: int) -> None:
        """A relation that no rule reads (yet): open-world facts."""
        relation = Relation(name, arity)
        relation.moved = self.plans.moved
        self.assembly.add(Node(relation, visible=True))

    def remove_base(self, name: str) -> None:
        """Undoes the latest `add_base`."""
        self.assembly.drop(self.nodes[name])

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

    def roll_back(self, mark: int, clock: Any, failed: bool = True) -> None:
        """Undo what was logged since `mark` and drop what is pending. `failed`: something broke off, so that
        units that are not scheduled may hold something, too."""
        pending = [self.units[position] for position in self._pending]
        for unit in pending:
            unit.scheduled = False
        self._pending.clear()
        for unit in self.units if failed or self.failed else pending:
            unit.forget()
        while len(self.journal) > mark:
            unit, record = self.journal.pop()
            unit.undo(record)
        self.clock = clock
        self.failed = False
        self.meter.rewind(len(self.journal))


def unfinished() -> DatalogError:
    """The error for going on with a transaction whose propagation broke off."""
    return DatalogError(
        [
            Diagnostic(
                "failed-transaction", "this transaction failed", "let the error end its block: it rolls back"
            )
        ]
    )
