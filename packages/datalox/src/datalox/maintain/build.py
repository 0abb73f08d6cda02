"""From a design to a network: units, their wiring, and their topological order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from graphlib import TopologicalSorter

from datalox.check.analysis import Analysis
from datalox.compile.move import can_move
from datalox.compile.operators import compile_feed
from datalox.compile.rules import Compiled, compile_delta
from datalox.compile.swap import compile_swap
from datalox.compile.timed import compile_bounds, compile_holds
from datalox.demand import NUMERIC_TYPES, Solver
from datalox.maintain.aggregate import AggregateUnit, Totals
from datalox.maintain.budget import Budget, Meter
from datalox.maintain.closure import ClosureNode
from datalox.maintain.component_wiring import wire_closure, wire_component
from datalox.maintain.counting import DeltaRule, Node
from datalox.maintain.keyed import KeyedNode
from datalox.maintain.network import Network
from datalox.maintain.recursive import Member
from datalox.maintain.temporal import TimedRule
from datalox.maintain.unit import Unit
from datalox.plan.core import CoreRule, Design, TemporalSpec, Total
from datalox.plan.desugar import FACTS, desugar
from datalox.store.keyed import KeyedRelation
from datalox.store.relation import Relation
from datalox.store.timer import Timer
from datalox.terms import Literal

Edges = dict[Unit, dict[Unit, None]]


def build(analysis: Analysis, budget: Budget) -> tuple[Network, Solver]:
    """The network of a checked program, with what follows from nothing at all already derived."""
    design = desugar(analysis)
    network = Network(design, Meter(budget))
    solver = Solver(network, _modes(analysis), _recursive_demand(analysis), _numbers(analysis, design))
    Builder(analysis, network, solver).build()
    network.start(lambda rule: compile_delta(rule, None, solver, network.statistics_of(rule.label)))
    return network, solver


def _modes(analysis: Analysis) -> dict[str, tuple[str, ...] | None]:
    return {
        name: known.demand.modes for name, known in analysis.predicates.items() if known.demand is not None
    }


def _recursive_demand(analysis: Analysis) -> dict[str, int]:
    return {
        name: number
        for number, part in enumerate(analysis.components)
        if part.recursive
        for name in part.predicates
        if analysis.predicates[name].demand is not None
    }


def _numbers(analysis: Analysis, design: Design) -> dict[str, frozenset[int]]:
    """Only what the door enforces counts: columns of asserted rows that are declared numbers."""
    return {
        name + FACTS if name in design.whole else name: frozenset(
            i for i, column in enumerate(known.columns) if column.type in NUMERIC_TYPES
        )
        for name, known in analysis.predicates.items()
        if known.declared
    }


class Builder:
    """Wires one network."""

    def __init__(self, analysis: Analysis, network: Network, solver: Solver) -> None:
        self.analysis = analysis
        self.network = network
        self.design = network.design
        self.solver = solver
        self.before: Edges = defaultdict(dict)
        """unit -> the units that must come before it"""
        self.moving: dict[Unit, tuple[TemporalSpec, Timer]] = {}
        """timed rules in which one entry may take the place of another"""
        self.members: dict[str, str] = {
            name: f"component {number}"
            for number, part in enumerate(analysis.components)
            if part.recursive
            for name in part.predicates
            if name not in self.design.demand
        }

    def build(self) -> None:
        timed = {spec.entries for spec in self.design.temporals}
        for name, arity in self.design.arities.items():
            if name not in timed:
                self._node(name, arity)
        self._aggregates()
        self._timers()
        self._components()
        for rule in self.design.rules:
            if rule.head.predicate not in self.members:
                self._rule(rule)
        self._number()

    def _node(self, name: str, arity: int) -> None:
        known = self.analysis.predicates.get(name.removesuffix(FACTS))
        has_rules = name in self.design.whole
        closure = self.design.closures.get(name)
        key = known.key if known is not None and not has_rules else ()
        visible = name in self.analysis.predicates
        node: Node
        if closure is not None:
            statistics = self.network.statistics_of(f"{name} closure")
            node = ClosureNode(name, closure.forward, visible, self.network.meter, statistics)
        elif name in self.members:
            node = Member(Relation(name, arity), visible)
        elif key:
            node = KeyedNode(KeyedRelation(name, arity, key), visible)
        else:
            node = Node(Relation(name, arity), visible)
        node.relation.moved = self.network.statistics_moved
        self.network.nodes[name] = node
        self.before[node] = {}

    def _after(self, unit: Unit, *earlier: Unit) -> None:
        self.before[unit].update(dict.fromkeys(earlier))

    def _aggregates(self) -> None:
        for spec in self.design.aggregates.values():
            statistics = self.network.statistics_of(spec.label)
            feed, source = compile_feed(spec, self.solver, statistics)
            self.network.sources[f"{spec.label} feed"] = source
            output: Node | Totals
            if spec.total:
                output = self.network.totals[spec.name] = Totals(spec.name)
            else:
                output = self.network.nodes[spec.name]
            unit = AggregateUnit(spec, output, feed)
            self.network.aggregates.append(unit)
            goal = self.network.nodes[spec.goal.predicate]
            goal.readers.append(unit)
            self._after(unit, goal)
            self._after(output, unit)

    def _timers(self) -> None:
        for spec in self.design.temporals:
            statistics = self.network.statistics_of(spec.label)
            holds, holds_source = compile_holds(spec, statistics)
            bounds, bounds_source = compile_bounds(spec)
            self.network.sources[f"{spec.label} holds"] = holds_source
            self.network.sources[f"{spec.label} bounds"] = bounds_source
            head = self.network.nodes[spec.head]
            unit = TimedRule(spec.entries, head, spec.head_arity, holds, bounds)
            self.network.timers[spec.entries] = unit
            if can_move(spec):
                self.moving[unit] = spec, unit.timer
            self._after(unit)
            self._after(head, unit)

    def _components(self) -> None:
        names: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self.members):
            names[self.members[name]].append(name)
        for title, members in names.items():
            self._component(title, members)

    def _component(self, title: str, names: list[str]) -> None:
        closure = self.design.closures.get(names[0])
        if closure is not None:
            pairs, relations = wire_closure(self.network, names[0], closure)
            self.network.components[title] = pairs
            self._after(pairs, *relations)
            return
        members = [node for name in names if isinstance(node := self.network.nodes[name], Member)]
        rules = [rule for rule in self.design.rules if rule.head.predicate in names]
        component, inputs = wire_component(self.network, members, rules, self.solver)
        self.network.components[title] = component
        self._after(component, *inputs)
        for member in members:
            self._after(member, component)

    def _rule(self, rule: CoreRule) -> None:
        name = rule.head.predicate
        target = self.network.timers.get(name) or self.network.nodes[name]
        readers: dict[Node | Totals, list[int]] = defaultdict(list)
        for position, item in enumerate(rule.body):
            if isinstance(item, Total):
                readers[self.network.totals[item.name]].append(position)
            elif isinstance(item, Literal):
                readers[self.network.nodes[item.atom.predicate]].append(position)
        self._note_read_together(list(readers))
        for unit, positions in readers.items():
            self._after(target, unit)
            if target not in unit.targets:
                unit.targets.append(target)
            for place in positions[:-1]:
                unit.before.append(self._delta(rule, place, target))
            unit.after.append(self._delta(rule, positions[-1], target))

    def _note_read_together(self, units: list[Node | Totals]) -> None:
        titles = Counter(title for unit in units if (title := self.members.get(unit.name)) is not None)
        for title, count in titles.items():
            if count > 1:
                self.network.components[title].read_together = True

    def _delta(self, rule: CoreRule, driver: int, target: Unit) -> DeltaRule:
        item = rule.body[driver]
        sign = -1 if isinstance(item, Literal) and item.negated else 1
        statistics = self.network.statistics_of(rule.label)

        def compile_(delta: DeltaRule) -> Compiled:
            compiled = compile_delta(rule, driver, self.solver, statistics)
            self.network.keep(f"{rule.label} {_driver_title(driver)}", compiled, delta.forget_plan)
            return compiled

        return DeltaRule(target, sign, statistics, compile_, self._swap(rule, driver, target))

    def _swap(self, rule: CoreRule, driver: int, target: Unit) -> Callable[[DeltaRule], Compiled] | None:
        """How to compile what one row in the place of another means, where that is worth a function."""
        item = rule.body[driver]
        if not isinstance(item, Literal) or item.negated:
            return None
        if not isinstance(self.network.nodes[item.atom.predicate], KeyedNode):
            return None
        timed = self.moving.get(target)

        def compile_(delta: DeltaRule) -> Compiled:
            compiled = compile_swap(rule, item, self.solver, delta.statistics, target, timed)
            self.network.keep(f"{rule.label} swap {_driver_title(driver)}", compiled, delta.forget_plan)
            return compiled

        return compile_

    def _number(self) -> None:
        order: TopologicalSorter[Unit] = TopologicalSorter(self.before)
        for position, unit in enumerate(order.static_order()):
            unit.position = position
            self.network.units.append(unit)


def _driver_title(driver: int | None) -> str:
    return "from scratch" if driver is None else f"on item {driver + 1}"
