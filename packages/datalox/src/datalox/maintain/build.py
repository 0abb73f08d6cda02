"""From a design to an assembly: what runs already and is the same is taken over, the rest is made."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import TypeVar

from datalox.check.analysis import Analysis
from datalox.compile.body import Library
from datalox.compile.move import can_move
from datalox.compile.operators import compile_feed
from datalox.compile.rules import Compiled, RuleStatistics, compile_delta
from datalox.compile.swap import compile_swap
from datalox.compile.timed import compile_bounds, compile_holds
from datalox.demand import NUMERIC_TYPES, Solver
from datalox.maintain.aggregate import AggregateUnit, Totals
from datalox.maintain.assembly import Assembly, Circle, Closed, Fold, Source, Timed, Wire
from datalox.maintain.closure import ClosureNode
from datalox.maintain.component_wiring import wire_component
from datalox.maintain.counting import DeltaRule, Node
from datalox.maintain.keyed import KeyedNode
from datalox.maintain.network import Network
from datalox.maintain.recursive import Member
from datalox.maintain.temporal import TimedRule
from datalox.maintain.transition import change_over
from datalox.maintain.unit import Unit
from datalox.plan.core import AggregateSpec, ClosureSpec, CoreRule, Design, TemporalSpec, Total, closure_label
from datalox.plan.desugar import FACTS, desugar
from datalox.store.keyed import KeyedRelation
from datalox.store.relation import Relation
from datalox.store.timer import Timer
from datalox.terms import Literal

AnyRelation = TypeVar("AnyRelation", bound=Relation)


def rebuild(
    network: Network, analysis: Analysis, found: Mapping[str, int], undone: Callable[[], None]
) -> Solver:
    """Let the rules of `analysis` run in `network` in the place of those that do. What follows is pending
    afterwards. `found` see Builder; `undone` is called if the open transaction is rolled back."""
    design = desugar(analysis)
    numbers = _numbers(analysis, design)
    solver = Solver(network, design, _modes(analysis), _recursive_demand(analysis), numbers)
    try:
        change_over(network, Builder(network, analysis, design, solver, numbers, found).build(), undone)
    except BaseException:
        network.statistics = network.assembly.statistics
        raise
    return solver


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
    """Makes one assembly. `found`: predicates that no module speaks of, kept because they have facts, with
    their arities.

    Nothing that runs is touched, except that counters go by the labels of the new one as soon as it is begun.
    """

    def __init__(
        self,
        network: Network,
        analysis: Analysis,
        design: Design,
        library: Library,
        numbers: dict[str, frozenset[int]],
        found: Mapping[str, int],
    ) -> None:
        self.network = network
        self.analysis = analysis
        self.design = design
        self.old = network.assembly
        self.library = library
        self.new = Assembly(design, library, numbers)
        self.moving: dict[Unit, tuple[TemporalSpec, Timer]] = {}
        """timed rules in which one entry may take the place of another"""
        self.members: dict[str, str] = {
            name: "+".join(sorted(part.predicates))
            for part in analysis.components
            if part.recursive
            for name in part.predicates
            if name not in design.demand
        }
        self.found = found
        known = set(self.old.labels())
        self.new.statistics.update(
            (label, kept) for label, kept in self.old.statistics.items() if label not in known
        )

    def build(self) -> Assembly:
        self.network.statistics = self.new.statistics
        timed = {spec.entries for spec in self.design.temporals}
        for name in (*self.design.arities, *self.found, *self.design.aggregates):
            if name not in timed:
                self._source(name)
        for temporal in self.design.temporals:
            self._timed(temporal)
        self._rules()
        self._circles()
        self.new.arrange()
        return self.new

    def _statistics(self, label: str, kept: RuleStatistics | None = None) -> RuleStatistics:
        return self.new.statistics.setdefault(label, kept or RuleStatistics(label))

    def _source(self, name: str) -> Source:
        """What has the rows, or the values, of `name`; what it is made of first."""
        if name not in self.new.nodes and name not in self.new.totals:
            if name in self.design.aggregates:
                self._fold(self.design.aggregates[name])
            elif name in self.design.closures:
                self._closure(name, self.design.closures[name])
            else:
                self.new.nodes[name] = self._node(name)
        return self.new.source(name)

    def _rows(self, name: str) -> Node:
        found = self._source(name)
        assert isinstance(found, Node)
        return found

    def _node(self, name: str) -> Node:
        arity = self.found[name] if name in self.found else self.design.arities[name]
        known = self.analysis.predicates.get(name.removesuffix(FACTS))
        key = known.key if known is not None and name not in self.design.whole else ()
        visible = name in self.analysis.predicates or name in self.found
        kind = KeyedNode if key else Member if name in self.members else Node
        old = self.old.nodes.get(name)
        if type(old) is kind and old.visible == visible and old.relation.arity == arity:
            same_numbers = self.old.numbers.get(name) == self.new.numbers.get(name)
            if old.relation.key == key and same_numbers:
                return old
        if key:
            return KeyedNode(self._watched(KeyedRelation(name, arity, key)), visible)
        return (Member if kind is Member else Node)(self._watched(Relation(name, arity)), visible)

    def _watched(self, relation: AnyRelation) -> AnyRelation:
        """Plans are made again when it grows or shrinks tenfold."""
        relation.moved = self.network.plans.moved
        return relation

    def _closure(self, name: str, spec: ClosureSpec) -> None:
        inputs = tuple(self._rows(read) for read in dict.fromkeys((*spec.exits, *spec.steps)))
        old, label = self.old.closures.get(name), closure_label(name)
        visible = name in self.analysis.predicates
        if old is not None and (old.spec, old.inputs) == (spec, inputs) and old.unit.visible == visible:
            self._statistics(label, self.old.statistics.get(label))
            unit = old.unit
        else:
            unit = ClosureNode(name, spec.forward, visible, self.network.meter, self._statistics(label))
            unit.relation.moved = self.network.plans.moved
            relations = ([self._rows(read).relation for read in reads] for reads in (spec.exits, spec.steps))
            unit.connect(*relations)
        kinds = f"# exits: {', '.join(spec.exits)}\n# steps: {', '.join(spec.steps)}"
        self.network.sources[label] = label, f"{kinds}, {'behind' if spec.forward else 'before'} them\n"
        self.new.closures[name] = Closed(spec, unit, inputs)
        self.new.nodes[name] = unit

    def _fold(self, spec: AggregateSpec) -> None:
        goal = self._rows(spec.goal.predicate)
        old = self.old.folds.get(spec.name)
        if old is not None and old.goal is goal:
            self._statistics(spec.label, self.old.statistics.get(old.spec.label))
            made = Fold(spec, old.unit, goal, old.output)
        else:
            made = self._new_fold(spec, goal)
        self.new.folds[spec.name] = made
        if isinstance(made.output, Totals):
            self.new.totals[spec.name] = made.output
        else:
            self.new.nodes[spec.name] = made.output

    def _new_fold(self, spec: AggregateSpec, goal: Node) -> Fold:
        feed, source = compile_feed(spec, self.library, self._statistics(spec.label))
        self.network.sources[f"{spec.label} feed"] = spec.label, source
        output: Source
        if spec.total:
            output = Totals(spec.name, len(spec.groups) == 1)
        else:
            output = Node(self._watched(Relation(spec.name, self.design.arities[spec.name])), visible=False)
        return Fold(spec, AggregateUnit(spec, output, feed), goal, output)

    def _timed(self, spec: TemporalSpec) -> None:
        head = self.new.nodes[spec.head]
        old = self.old.timed.get(spec.entries)
        if old is not None and old.head is head:
            self._statistics(spec.label, self.old.statistics.get(old.spec.label))
            made = Timed(spec, old.unit, head)
        else:
            made = Timed(spec, self._new_timed(spec, head), head)
        self.new.timed[spec.entries] = made
        if can_move(spec):
            self.moving[made.unit] = spec, made.unit.timer

    def _new_timed(self, spec: TemporalSpec, head: Node) -> TimedRule:
        sources = self.network.sources
        holds, text = compile_holds(spec, self._statistics(spec.label))
        sources[f"{spec.label} holds"] = spec.label, text
        bounds, text = compile_bounds(spec)
        sources[f"{spec.label} bounds"] = spec.label, text
        return TimedRule(spec.entries, head, spec.head_arity, holds, bounds)

    def _rules(self) -> None:
        running: dict[object, list[Wire]] = defaultdict(list)
        for wire in reversed(self.old.wires):
            running[wire.rule.head, wire.rule.body].append(wire)
        for rule in self.design.rules:
            if rule.head.predicate not in self.members:
                same = running.get((rule.head, rule.body))
                self.new.wires.append(self._wire(rule, same.pop() if same else None))

    def _wire(self, rule: CoreRule, old: Wire | None) -> Wire:
        target = self.new.target(rule.head.predicate)
        read: dict[Source, list[int]] = defaultdict(list)
        for position, item in enumerate(rule.body):
            if isinstance(item, Total):
                read[self.new.totals[item.name]].append(position)
            elif isinstance(item, Literal):
                read[self.new.nodes[item.atom.predicate]].append(position)
        if old is not None and old.target is target and old.sources == dict.fromkeys(read):
            self._statistics(rule.label, self.old.statistics.get(old.rule.label))
            return old if old.rule.label == rule.label else Wire(rule, target, old.hooks)
        return Wire(rule, target, [
            (source, position != positions[-1], self._delta(rule, position, target))
            for source, positions in read.items()
            for position in positions
        ])  # fmt: skip

    def _delta(self, rule: CoreRule, driver: int, target: Unit) -> DeltaRule:
        item = rule.body[driver]
        sign = -1 if isinstance(item, Literal) and item.negated else 1
        statistics, network = self._statistics(rule.label), self.network

        def compile_(delta: DeltaRule) -> Compiled:
            compiled = compile_delta(rule, driver, sign, network.library, statistics, target)
            label = statistics.label
            network.keep(label, f"{label} on item {driver + 1}", compiled, delta.forget_plan)
            return compiled

        return DeltaRule(statistics, compile_, self._swap(rule, driver, target))

    def _swap(self, rule: CoreRule, driver: int, target: Unit) -> Callable[[DeltaRule], Compiled] | None:
        """How to compile what one row in the place of another means, where that is worth a function."""
        item, network = rule.body[driver], self.network
        if not isinstance(item, Literal) or item.negated:
            return None
        if not isinstance(self.new.nodes[item.atom.predicate], KeyedNode):
            return None
        timed = self.moving.get(target)

        def compile_(delta: DeltaRule) -> Compiled:
            compiled = compile_swap(rule, item, network.library, delta.statistics, target, timed)
            label = delta.statistics.label
            network.keep(label, f"{label} swap on item {driver + 1}", compiled, delta.forget_plan)
            return compiled

        return compile_

    def _circles(self) -> None:
        names: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self.members.keys() - self.design.closures.keys()):
            names[self.members[name]].append(name)
        for title, together in names.items():
            self.new.circles[title] = self._circle(title, together)

    def _circle(self, title: str, names: list[str]) -> Circle:
        members = [node for name in names if isinstance(node := self.new.nodes[name], Member)]
        rules = [rule for rule in self.design.rules if rule.head.predicate in names]
        old = self.old.circles.get(title)
        if old is None or not self._same_circle(old, members, rules):
            return wire_component(self.network, members, rules, self.new.source)
        for before, rule in _paired(old.rules, rules):
            self._statistics(rule.label, self.old.statistics.get(before.label))
        return Circle(old.unit, tuple(rules), old.inputs, old.hooks)

    def _same_circle(self, old: Circle, members: list[Member], rules: list[CoreRule]) -> bool:
        inputs = all(
            source is self.new.totals.get(source.name) or source is self.new.nodes.get(source.name)
            for source in old.inputs
        )
        written = Counter((rule.head, rule.body) for rule in rules)
        return (
            inputs and list(old.unit.members) == members and written == Counter(
                (rule.head, rule.body) for rule in old.rules
            )
        )  # fmt: skip


def _paired(old: tuple[CoreRule, ...], new: list[CoreRule]) -> list[tuple[CoreRule, CoreRule]]:
    """Each new rule with the old one that says the same."""
    left: dict[object, list[CoreRule]] = defaultdict(list)
    for rule in reversed(old):
        left[rule.head, rule.body].append(rule)
    return [(left[rule.head, rule.body].pop(), rule) for rule in new]
