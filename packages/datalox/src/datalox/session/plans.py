"""How everything is going to be computed, in words: joins, questions, and the orders of best-first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from datalox.plan.bestfirst import Walk
from datalox.plan.core import CoreItem, CoreRule, Total, variables_of
from datalox.plan.inline import inline, rules_of
from datalox.plan.order import Unplannable, bind_head, order_body
from datalox.plan.text import item_text, step_text, walk_text
from datalox.session.engine import Engine
from datalox.terms import Literal

Part = list[str]


def plan_text(engine: Engine) -> str:
    """The plans for the rows there are now: of every rule for each of its literals that may change, of every
    demand predicate for each pattern it can be asked with, of every order for each of those."""
    parts = [*_kept(engine), *_asked(engine), *_ordered(engine)]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _kept(engine: Engine) -> Iterator[Part]:
    for rule in engine.network.design.rules:
        if rule.source is None:
            continue
        lines = [rule.text]
        for position, item in enumerate(rule.body):
            if isinstance(item, (Literal, Total)):
                terms = item.atom.terms if isinstance(item, Literal) else (*item.groups, item.result)
                rest = [other for place, other in enumerate(rule.body) if place != position]
                lines.append(f"  when {item_text(item)} changes:")
                lines += _steps(engine, rest, variables_of(terms))
        yield lines


def _asked(engine: Engine) -> Iterator[Part]:
    for name in sorted(engine.network.design.demand & engine.predicates.keys()):
        for written in rules_of(name, engine.network.design):
            lines = [written.text]
            rule = inline(written, engine.network.design, engine.solver.recursive).rule
            for columns in _patterns(engine, name):
                items, bound, _ = bind_head(rule.head, columns)
                lines.append(f"  asked with {_given(rule, columns)}:")
                lines += _steps(engine, [*items, *rule.body], bound)
            yield lines


def _ordered(engine: Engine) -> Iterator[Part]:
    for order in engine.analysis.orders.values():
        name = order.atom.predicate
        for columns in _patterns(engine, name) if engine.solver.is_demand(name) else [()]:
            lines = [str(order)]
            for plan in engine.orders.choice(order, columns).plans:
                lines.append(f"  asked with {_given(plan.rule, columns)}: {plan.rule.text}")
                if isinstance(plan, Walk):
                    lines += [f"    {line}" for line in walk_text(plan, engine.solver)]
                else:
                    lines.append(f"    compute every match and sort: {plan.reason}")
            yield lines


def _patterns(engine: Engine, name: str) -> list[tuple[int, ...]]:
    """The fewest columns a demand predicate can be asked with; one more where that is none."""
    known = [tuple(sorted(pattern)) for pattern in engine.predicates[name].patterns] or [()]
    return [pattern or (0,) for pattern in known if pattern or engine.predicates[name].arity]


def _given(rule: CoreRule, columns: Sequence[int]) -> str:
    return ", ".join(str(rule.head.terms[column]) for column in columns) or "nothing"


def _steps(engine: Engine, items: Sequence[CoreItem], bound: set[str]) -> list[str]:
    try:
        steps = order_body(items, bound, engine.solver)
    except Unplannable as refused:
        return [f"    cannot be solved: nothing binds {refused}"]
    return [f"    {step_text(step, engine.solver)}" for step in steps]
