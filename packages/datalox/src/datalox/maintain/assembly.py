"""What a network consists of at one moment: the units of one design, and who hears of whom.

When rules change, another assembly takes the place of the one that runs. The two share every unit whose
rules and inputs are the same, rows and compiled plans included; going back is putting the old one in place.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import TypeAlias

from datalox.compile.body import Library
from datalox.compile.rules import RuleStatistics
from datalox.maintain.aggregate import AggregateUnit, Totals
from datalox.maintain.closure import ClosureNode
from datalox.maintain.counting import DeltaRule, Driven, Node
from datalox.maintain.recursive import Component
from datalox.maintain.temporal import TimedRule
from datalox.maintain.unit import Unit
from datalox.plan.core import AggregateSpec, ClosureSpec, CoreRule, Design, TemporalSpec, closure_label

Source: TypeAlias = "Node | Totals"
Edges: TypeAlias = "dict[Unit, dict[Unit, None]]"


@dataclass(frozen=True, slots=True, eq=False)
class Wire:
    """A rule kept by counting. `hooks`: what runs when a unit it reads flips, and whether that is before the
    rows change; two wires are the same if they have the same list of them."""

    rule: CoreRule
    target: Unit
    hooks: list[tuple[Source, bool, DeltaRule]]

    @property
    def sources(self) -> dict[Source, None]:
        return {source: None for source, _, _ in self.hooks}


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """An aggregate: its unit, the node whose rows it ranges over, and where its values are."""

    spec: AggregateSpec
    unit: AggregateUnit
    goal: Node
    output: Source


@dataclass(frozen=True, slots=True, eq=False)
class Timed:
    """A rule that compares facts with the clock."""

    spec: TemporalSpec
    unit: TimedRule
    head: Node


@dataclass(frozen=True, slots=True, eq=False)
class Circle:
    """A recursive component, the units it reads, and what they run while their rows are old."""

    unit: Component
    rules: tuple[CoreRule, ...]
    inputs: tuple[Source, ...]
    hooks: tuple[tuple[Source, Driven], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Closed:
    """A closure of pairs, and the nodes its exits and steps are in."""

    spec: ClosureSpec
    unit: ClosureNode
    inputs: tuple[Node, ...]


@dataclass(slots=True)
class Links:
    """A unit's place in the order, and who hears of it."""

    position: int = -1
    before: list[Driven] = field(default_factory=list)
    after: list[DeltaRule] = field(default_factory=list)
    readers: list[Unit] = field(default_factory=list)
    targets: list[Unit] = field(default_factory=list)

    def give(self, unit: Unit) -> None:
        unit.position = self.position
        if isinstance(unit, (Node, Totals)):
            unit.before, unit.after = self.before, self.after
            unit.readers, unit.targets = self.readers, self.targets


@dataclass(slots=True)
class Assembly:
    """`numbers`: base predicate -> columns that hold numbers only, which compiled plans rely on.

    `read_together`: components of which some rule reads two predicates.
    """

    design: Design
    library: Library | None = None
    numbers: dict[str, frozenset[int]] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    totals: dict[str, Totals] = field(default_factory=dict)
    folds: dict[str, Fold] = field(default_factory=dict)
    timed: dict[str, Timed] = field(default_factory=dict)
    circles: dict[str, Circle] = field(default_factory=dict)
    closures: dict[str, Closed] = field(default_factory=dict)
    wires: list[Wire] = field(default_factory=list)
    statistics: dict[str, RuleStatistics] = field(default_factory=dict)
    units: list[Unit] = field(default_factory=list)
    links: dict[Unit, Links] = field(default_factory=dict)
    read_together: set[Component] = field(default_factory=set)

    def source(self, name: str) -> Source:
        return self.totals[name] if name in self.totals else self.nodes[name]

    def target(self, name: str) -> Unit:
        """What a rule for `name` feeds."""
        return self.timed[name].unit if name in self.timed else self.nodes[name]

    def add(self, node: Node) -> None:
        """One more node, read by nobody."""
        self.nodes[node.name] = node
        self.links[node] = Links(len(self.units))
        self.units.append(node)
        self.links[node].give(node)

    def drop(self, node: Node) -> None:
        """Undoes the latest `add`."""
        del self.nodes[node.name], self.links[node]
        self.units.remove(node)

    def labels(self) -> Iterator[str]:
        """The labels of everything that counts what it does, repetitions included."""
        yield from (wire.rule.label for wire in self.wires)
        yield from (fold.spec.label for fold in self.folds.values())
        yield from (timed.spec.label for timed in self.timed.values())
        yield from (closure_label(name) for name in self.closures)
        yield from (rule.label for circle in self.circles.values() for rule in circle.rules)

    def plan_owners(self) -> set[int]:
        """The ids of whatever has compiled plans."""
        hooks = {id(hook) for wire in self.wires for _, _, hook in wire.hooks}
        return hooks | {id(rule) for circle in self.circles.values() for rule in circle.unit.rules}

    def arrange(self) -> None:
        """Find the order of the units, and who hears of whom."""
        edges = self._edges()
        for position, unit in enumerate(TopologicalSorter(edges).static_order()):
            self.units.append(unit)
            self.links[unit] = Links(position)
        for wire in self.wires:
            self._link(wire)
        for fold in self.folds.values():
            self.links[fold.goal].readers.append(fold.unit)
        for circle in self.circles.values():
            for source, hook in circle.hooks:
                self.links[source].before.append(hook)
            for source in circle.inputs:
                self.links[source].readers.append(circle.unit)
        for closed in self.closures.values():
            for node in closed.inputs:
                self.links[node].readers.append(closed.unit)
        self._find_read_together()

    def _edges(self) -> Edges:
        """unit -> the units that must come before it."""
        edges: Edges = {unit: dict[Unit, None]() for unit in (*self.nodes.values(), *self.totals.values())}
        for fold in self.folds.values():
            edges[fold.unit] = {fold.goal: None}
            edges[fold.output][fold.unit] = None
        for timed in self.timed.values():
            edges[timed.unit] = {}
            edges[timed.head][timed.unit] = None
        for circle in self.circles.values():
            edges[circle.unit] = dict.fromkeys([*circle.inputs])
            for member in circle.unit.members:
                edges[member][circle.unit] = None
        for closed in self.closures.values():
            edges[closed.unit].update(dict.fromkeys(closed.inputs))
        for wire in self.wires:
            edges[wire.target].update(dict.fromkeys(source for source, _, _ in wire.hooks))
        return edges

    def _link(self, wire: Wire) -> None:
        for source, is_before, hook in wire.hooks:
            links = self.links[source]
            if is_before:
                links.before.append(hook)
            else:
                links.after.append(hook)
            if wire.target not in links.targets:
                links.targets.append(wire.target)

    def _find_read_together(self) -> None:
        component = {
            member: circle.unit for circle in self.circles.values() for member in circle.unit.members
        }
        for wire in self.wires:
            read = Counter(component[unit] for unit in wire.sources if unit in component)
            self.read_together.update(unit for unit, count in read.items() if count > 1)


def without(wires: Iterable[Wire], others: Iterable[Wire]) -> list[Wire]:
    """The wires that are not among the others."""
    known = {id(other.hooks) for other in others}
    return [wire for wire in wires if id(wire.hooks) not in known]


def grouped(wires: Iterable[Wire]) -> dict[Unit, list[Wire]]:
    """Wires by their target."""
    found: dict[Unit, list[Wire]] = defaultdict(list)
    for wire in wires:
        found[wire.target].append(wire)
    return found
