"""Wiring one recursive component: its rules, the inputs they read, and the hooks that see inputs old."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from datalox.compile.body import Library
from datalox.compile.ranked import compile_gain, compile_loss, compile_support
from datalox.maintain.aggregate import Totals
from datalox.maintain.closure import ClosureNode
from datalox.maintain.counting import Node
from datalox.maintain.network import Network
from datalox.maintain.ranked_rule import Plan, RankedRule
from datalox.maintain.recursive import Component, LossHook, Member
from datalox.plan.core import ClosureSpec, CoreRule, Total
from datalox.store.relation import Relation
from datalox.terms import Literal

Input = Node | Totals


def wire_component(
    network: Network, members: Sequence[Member], rules: Sequence[CoreRule], library: Library
) -> tuple[Component, list[Input]]:
    """The component of `members`, hooked to the inputs it returns."""
    relations = {member.name: member.relation for member in members}
    ranked = [_ranked_rule(network, rule, relations, library) for rule in rules]
    component = Component(members, ranked, network.meter)
    inputs: dict[Input, None] = {}
    for rule in ranked:
        for (name, negated), items in rule.inputs.items():
            unit: Input = network.totals[name] if name in network.totals else network.nodes[name]
            inputs[unit] = None
            unit.before.extend(LossHook(component, rule, item, negated) for item in items)
    for unit in inputs:
        unit.readers.append(component)
    return component, list(inputs)


def wire_closure(network: Network, name: str, spec: ClosureSpec) -> tuple[ClosureNode, list[Node]]:
    """The closure `name`, connected to the inputs it returns."""
    closure = network.nodes[name]
    assert isinstance(closure, ClosureNode)
    closure.connect(*([network.nodes[name].relation for name in names] for names in (spec.exits, spec.steps)))
    inputs = [network.nodes[name] for name in dict.fromkeys((*spec.exits, *spec.steps))]
    for node in inputs:
        node.readers.append(closure)
    kinds = f"# exits: {', '.join(spec.exits)}\n# steps: {', '.join(spec.steps)}"
    network.sources[f"{name} closure"] = f"{kinds}, {'behind' if spec.forward else 'before'} them\n"
    return closure, inputs


def _ranked_rule(
    network: Network, rule: CoreRule, members: dict[str, Relation], library: Library
) -> RankedRule:
    inputs: dict[tuple[str, bool], list[int]] = defaultdict(list)
    recursive: list[tuple[str, int]] = []
    for position, item in enumerate(rule.body):
        if isinstance(item, Total):
            inputs[(item.name, False)].append(position)
        elif isinstance(item, Literal) and item.atom.predicate in members:
            recursive.append((item.atom.predicate, position))
        elif isinstance(item, Literal):
            inputs[(item.atom.predicate, item.negated)].append(position)
    compile_ = _compiler(network, rule, members, library)
    statistics = network.statistics_of(rule.label)
    return RankedRule(rule.head.predicate, dict(inputs), recursive, statistics, compile_)


def _compiler(
    network: Network, rule: CoreRule, members: dict[str, Relation], library: Library
) -> Callable[[RankedRule, Plan], Callable[..., Any]]:
    statistics = network.statistics_of(rule.label)

    def compile_(entry: RankedRule, plan: Plan) -> Callable[..., Any]:
        kind, driver = plan
        if kind == "gain":
            compiled = compile_gain(rule, driver, library, members, statistics)
        elif driver is not None:
            compiled = compile_loss(rule, driver, library, members, statistics)
        else:
            compiled = compile_support(rule, kind == "first", library, members, statistics)
        place = "" if driver is None else f" on item {driver + 1}"
        network.keep(f"{rule.label} {kind}{place}", compiled, entry.forget_plan)
        return compiled.function

    return compile_
