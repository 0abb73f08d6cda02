"""From one assembly to the next over live rows: what no longer holds is taken back, what is new is derived,
and both spread as ordinary changes through everything the two have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from datalox.compile.rules import RuleStatistics, compile_delta
from datalox.maintain.assembly import Assembly, Wire, grouped, without
from datalox.maintain.counting import Node
from datalox.maintain.network import Network
from datalox.maintain.unit import Unit
from datalox.plan.core import CoreRule
from datalox.terms import Literal


class Installed(Unit):
    """Marks in the log that another assembly took over; undone, the one before runs again."""

    def __init__(self, network: Network, undone: Callable[[], None]) -> None:
        super().__init__()
        self._network = network
        self._undone = undone

    def undo(self, record: Any) -> None:
        before: Assembly = record[0]
        self._network.install(before)
        self._network.plans.prune(before.plan_owners())
        self._network.plans.add(record[1])
        self._undone()


class Retired(Unit):
    """The rows of a predicate that vanished because nothing speaks of it any more."""

    visible = True

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def undo(self, record: Any) -> None:
        """Its rows were never touched."""


def change_over(network: Network, new: Assembly, undone: Callable[[], None]) -> None:
    """Let `new` run. What follows is pending afterwards: `network.propagate` derives it."""
    old = network.assembly
    gone, come = without(old.wires, new.wires), without(new.wires, old.wires)
    _take_back(network, old, new, gone, {wire.target for wire in without(new.wires, come)})
    network.log(Installed(network, undone), (old, network.plans.copy()))
    network.install(new)
    network.plans.prune(new.plan_owners())
    for name, node in old.nodes.items():
        if node.visible and node not in new.links and len(node.relation):
            network.log(Retired(name), (None, [], list(node.relation)))
    for wire in come:
        if _may_hold(network, wire.rule):
            _solve(network, wire.rule, network.statistics_of(wire.rule.label), 1, wire.target)
    _begin(network, old, new)


def _take_back(network: Network, old: Assembly, new: Assembly, gone: Sequence[Wire], fed: set[Unit]) -> None:
    """Rules that are gone no longer derive anything for predicates that stay; `fed` are those that other
    rules go on deriving."""
    fed = {*fed, *(timed.head for timed in old.timed.values())}
    for target, wires in grouped(gone).items():
        if target not in new.links:
            continue
        if target not in fed and isinstance(target, Node):
            target.delta = {row: -count for row, count in target.relation.rows.items()}
        else:
            for wire in wires:
                _solve(network, wire.rule, RuleStatistics(wire.rule.label), -1, target)
    kept = {timed.unit for timed in new.timed.values()}
    for timed in old.timed.values():
        if timed.unit not in kept and timed.head in new.links:
            timed.unit.take_back()


def _begin(network: Network, old: Assembly, new: Assembly) -> None:
    """Schedule what has something to do, and give new units what is there already."""
    for unit in new.units:
        if unit.delta:
            network.schedule(unit)
    known = {fold.unit for fold in old.folds.values()}
    for fold in new.folds.values():
        if fold.unit not in known and len(fold.goal.relation):
            fold.unit.receive(fold.goal.name, list(fold.goal.relation), [])
            network.schedule(fold.unit)
    for closed in new.closures.values():
        if closed.unit not in old.links:
            for node in closed.inputs:
                closed.unit.receive(node.name, list(node.relation), ())
            network.schedule(closed.unit)
    for unit in (*(t.unit for t in new.timed.values()), *(c.unit for c in new.circles.values())):
        if unit not in old.links:
            network.schedule(unit)


def _may_hold(network: Network, rule: CoreRule) -> bool:
    """Whether nothing that the body asks for is empty."""
    return all(
        item.negated or len(network.nodes[item.atom.predicate].relation) > 0
        for item in rule.body
        if isinstance(item, Literal)
    )


def _solve(network: Network, rule: CoreRule, statistics: RuleStatistics, sign: int, target: Unit) -> None:
    """Add `sign` to the derivations of every row that the whole body gives now."""
    compile_delta(rule, None, sign, network.library, statistics, target).function((), ())
