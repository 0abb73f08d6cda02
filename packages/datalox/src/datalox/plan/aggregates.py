"""Aggregates become predicates of their own: (group…, result), shared by every rule that asks for the
same one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from datalox.check.binding import ZERO_OVER_NOTHING
from datalox.check.rest import split_body
from datalox.plan.core import (
    AggregateSpec,
    CoreItem,
    CoreRule,
    Design,
    Fold,
    Total,
    assigned,
    auxiliary,
    substitute,
    variables,
    variables_of,
)
from datalox.plan.flatten import flatten
from datalox.terms import Aggregate, Atom, BodyItem, Comparison, Literal, Rule, Term, Var

REST = "rest#"
"""Starts the name of what an aggregate without a goal ranges over: its groups are those it has rows of."""


def bound_closure(items: Iterable[BodyItem | CoreItem], bound: set[str]) -> set[str]:
    """Variables bound by `bound`, positive literals and chains of assignments."""
    known = set(bound)
    comparisons = [item for item in items if isinstance(item, Comparison)]
    for item in items:
        if isinstance(item, Literal) and not item.negated:
            known |= variables_of(item.atom.terms)
        elif isinstance(item, Total):
            known |= variables_of((item.result,))
    growing = True
    while growing:
        found = [pair for item in comparisons if (pair := assigned(item, known)) is not None]
        known.update(variable.name for variable, _ in found)
        growing = bool(found)
    return known


def _outside(rule: Rule, aggregate: Aggregate) -> set[str]:
    """Variables of the rule that are visible to `aggregate`: all but what is local to other aggregates'
    goals."""
    seen = variables_of(rule.head.terms)
    for item in rule.body:
        if isinstance(item, Literal):
            seen |= variables_of(item.atom.terms)
        elif isinstance(item, Comparison):
            seen |= variables_of((item.left, item.right))
        elif item is not aggregate:
            seen |= variables_of((item.result,))
    return seen


def _groups(rule: Rule, aggregate: Aggregate, goal: Atom) -> tuple[Var, ...]:
    outside = _outside(rule, aggregate)
    names = dict.fromkeys(name for term in goal.terms for name in variables(term))
    return tuple(Var(name) for name in names if name in outside)


def place_aggregates(
    design: Design, rule: Rule, callers: set[str], label: str, maintain: bool = True
) -> tuple[CoreItem, ...]:
    """The body with every aggregate replaced by a core item; `callers` are variables the caller binds.

    Aggregates over materialised goals are maintained unless the rule is only a passing question.
    """
    pending = [item for item in rule.body if isinstance(item, Aggregate)]
    if not pending:
        return tuple(item for item in rule.body if not isinstance(item, Aggregate))
    totals = _totals(rule, pending, bound_closure(rule.body, callers))
    names: set[str] = set()
    return tuple(
        _place(design, rule, item, id(item) in totals, names if maintain else None, label)
        if isinstance(item, Aggregate)
        else item
        for item in rule.body
    )


def _totals(rule: Rule, aggregates: list[Aggregate], bound: set[str]) -> set[int]:
    """The counts and sums (by id) whose group the rest of the body gives, results of other aggregates
    included. The groups of other aggregates do not count: they are no more given than one's own."""
    totals: set[int] = set()
    waiting = aggregates
    while waiting:
        ready = [item for item in waiting if item.op not in ZERO_OVER_NOTHING or _is_total(rule, item, bound)]
        totals.update(id(item) for item in ready if _is_total(rule, item, bound))
        if not ready:
            results = variables_of(item.result for item in waiting)
            ready = [item for item in waiting if not variables_of(_grouped(rule, item)) & results] or waiting
        bound = bound_closure(rule.body, bound | variables_of(item.result for item in ready))
        waiting = [item for item in waiting if item not in ready]
    return totals


def _grouped(rule: Rule, item: Aggregate) -> tuple[Var, ...]:
    assert item.goal is not None
    return _groups(rule, item, item.goal)


def _is_total(rule: Rule, item: Aggregate, bound: set[str]) -> bool:
    groups = _grouped(rule, item)
    if item.goal is not None and item.goal.predicate.startswith(REST) and groups:
        return False
    return item.op in ZERO_OVER_NOTHING and all(group.name in bound for group in groups)


def _place(
    design: Design, rule: Rule, item: Aggregate, total: bool, used: set[str] | None, label: str
) -> CoreItem:
    assert item.goal is not None
    groups = _groups(rule, item, item.goal)
    if used is None or item.goal.predicate in design.demand:
        return Fold(item.op, item.value, item.goal, groups, item.result, total)
    name = _register(design, item, groups, total, used, label)
    if total:
        return Total(name, groups, item.result)
    return Literal(Atom(name, (*groups, item.result), item.span), False, item.span)


def _register(
    design: Design, item: Aggregate, groups: tuple[Var, ...], total: bool, used: set[str], label: str
) -> str:
    """The name of the aggregate, found again by everyone who writes the same one (but once per rule)."""
    assert item.goal is not None
    canonical: dict[str, Term] = {}
    for term in item.goal.terms:
        for name in variables(term):
            canonical.setdefault(name, Var(f"G{len(canonical)}"))
    goal = Atom(item.goal.predicate, tuple(substitute(term, canonical) for term in item.goal.terms))
    value = substitute(item.value, canonical)
    keys = tuple(substitute(variable, canonical) for variable in groups)
    spec = AggregateSpec("", item.op, value, goal, tuple(k for k in keys if isinstance(k, Var)), total, "")
    name = auxiliary(f"{item.op}#{goal.predicate}", _written(spec), used)
    spec = replace(spec, name=name, label=f"{item.op} in {label}")
    design.aggregates.setdefault(name, spec)
    used.add(name)
    if not total:
        design.arities[name] = len(groups) + 1
    return name


def _written(spec: AggregateSpec) -> str:
    """What makes two aggregates one, spans aside."""
    groups = ", ".join(map(str, spec.groups))
    return f"{spec.op}({spec.value}, {spec.goal}) by {groups} total {spec.total}"


def extract_rest(
    design: Design, rule: Rule, label: str, on_demand: bool
) -> tuple[tuple[BodyItem, ...], CoreRule]:
    """`N = count(X)` ranges over the distinct bindings of the rest of the body: give that rest a name.

    Returns the body that asks for it, and the rule of the rest, which is to be maintained unless `on_demand`
    or known already (it is not the one in `design.whole`).
    """
    parts = split_body(rule)
    gives = parts.gives() | (variables_of(rule.head.terms) if on_demand else set())
    columns = dict.fromkeys(name for item in parts.rest for name in _ordered_names(item) if name in gives)
    name = auxiliary(REST, str(rule))
    head = Atom(name, tuple(Var(column) for column in columns))
    inner = Rule(head, tuple(flatten(parts.rest)))
    core = CoreRule(
        head, place_aggregates(design, inner, set(), label), f"rest of {label}", None, tuple(inner.body)
    )
    design.whole.setdefault(name, [core])
    if on_demand:
        design.demand.add(name)
    else:
        design.arities[name] = len(columns)
    goals = [Aggregate(item.op, item.value, head, item.result, item.span) for item in parts.asked]
    return (*parts.after, *goals), core


def _ordered_names(item: BodyItem) -> Iterable[str]:
    """The variables of an item as they appear."""
    if isinstance(item, Literal):
        return [name for term in item.atom.terms for name in variables(term)]
    if isinstance(item, Comparison):
        return [name for term in (item.left, item.right) for name in variables(term)]
    goal = item.goal.terms if item.goal is not None else ()
    return [name for term in (*goal, item.result) for name in variables(term)]
