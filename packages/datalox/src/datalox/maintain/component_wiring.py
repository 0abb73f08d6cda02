"""Wiring one recursive component: its rules, the inputs they read, and the hooks that see inputs old."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from datalox.compile.ranked import compile_gain, compile_loss, compile_support
from datalox.maintain.assembly import Circle, Source
from datalox.maintain.network import Network
from datalox.maintain.ranked_rule import Plan, RankedRule
from datalox.maintain.recursive import Component, LossHook, Member
from datalox.plan.core import CoreRule, Total, computes
from datalox.store.relation import Relation
from datalox.terms import Literal


def wire_component(
    network: Network,
    members: Sequence[Member],
    rules: Sequence[CoreRule],
    source: Callable[[str], Source],
) -> Circle:
    """The component of `members`, with the hooks of the inputs it reads, which `source` knows by name."""
    relations = {member.name: member.relation for member in members}
    ranked = [_ranked_rule(network, rule, relations) for rule in rules]
    component = Component(members, ranked, network.meter)
    inputs: dict[Source, None] = {}
    hooks: list[tuple[Source, LossHook]] = []
    for rule in ranked:
        for (name, negated), items in rule.inputs.items():
            unit = source(name)
            inputs[unit] = None
            hooks += [(unit, LossHook(component, rule, item, negated)) for item in items]
    return Circle(component, tuple(rules), tuple(inputs), tuple(hooks))


def _ranked_rule(network: Network, rule: CoreRule, members: dict[str, Relation]) -> RankedRule:
    inputs: dict[tuple[str, bool], list[int]] = defaultdict(list)
    recursive: list[tuple[str, int]] = []
    for position, item in enumerate(rule.body):
        if isinstance(item, Total):
            inputs[(item.name, False)].append(position)
        elif isinstance(item, Literal) and item.atom.predicate in members:
            recursive.append((item.atom.predicate, position))
        elif isinstance(item, Literal):
            inputs[(item.atom.predicate, item.negated)].append(position)
    compile_ = _compiler(network, rule, members)
    statistics = network.statistics_of(rule.label)
    return RankedRule(
        rule.head.predicate, dict(inputs), recursive, statistics, bool(recursive) and computes(rule), compile_
    )


def _compiler(
    network: Network, rule: CoreRule, members: dict[str, Relation]
) -> Callable[[RankedRule, Plan], Callable[..., Any]]:
    statistics = network.statistics_of(rule.label)

    def compile_(entry: RankedRule, plan: Plan) -> Callable[..., Any]:
        kind, driver = plan
        library = network.library
        if kind in ("gain", "growth"):
            compiled = compile_gain(rule, driver, library, members, statistics, kind == "growth")
        elif driver is not None:
            compiled = compile_loss(rule, driver, library, members, statistics)
        else:
            compiled = compile_support(rule, kind == "first", library, members, statistics)
        place = "" if driver is None else f" on item {driver + 1}"
        network.keep(rule.label, f"{rule.label} {kind}{place}", compiled, entry.forget_plan)
        return compiled.function

    return compile_
