"""Questions to an engine: patterns, conjunctive queries, and the best rows of a declared order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

from datalox.check.aggregates import rule_aggregates
from datalox.check.body_length import rule_length
from datalox.check.conversion import convert_rule
from datalox.check.patterns import bound_places
from datalox.compile.rules import compile_answers
from datalox.diagnostics import DatalogError
from datalox.parse.parser import parse_goals
from datalox.plan.aggregates import extract_rest, place_aggregates
from datalox.plan.core import CLOCK, CoreRule, variables
from datalox.plan.flatten import flatten
from datalox.plan.order import Unplannable
from datalox.session.door import error
from datalox.session.engine import Engine
from datalox.store.ordering import sorted_rows
from datalox.store.relation import Relation
from datalox.terms import Aggregate, Atom, BodyItem, Literal, Row, Rule, Term, Var

INDEX_FROM = 64
"""Relations with fewer rows are scanned."""


def matching(engine: Engine, name: str, pattern: Sequence[Any]) -> Iterable[Row]:
    """Rows of a predicate, materialised or on demand, that match; in no order. Raises DatalogError."""
    predicate = engine.predicate(name, len(pattern))
    values = engine.convert_pattern(predicate, pattern)
    columns = tuple(values)
    if engine.solver.is_demand(name):
        return engine.solver.goal(name, columns).answers(*values.values())
    found = select(engine.network.nodes[name].relation, values)
    engine.network.meter.spend(len(found))
    return found


def select(relation: Relation, values: dict[int, Any]) -> Collection[Row]:
    """Rows with the given values in the given columns."""
    columns = tuple(values)
    if not columns:
        return relation.all_rows()
    wanted = tuple(values.values())
    if len(columns) == relation.arity:
        return (wanted,) if wanted in relation else ()
    key = wanted[0] if len(wanted) == 1 else wanted
    if len(relation) >= INDEX_FROM or columns in relation.indexes:
        return relation.index(columns).buckets.get(key, ())
    of = itemgetter(*columns)
    return [row for row in relation if of(row) == key]


def best(engine: Engine, name: str, pattern: Sequence[Any], order: str, limit: int | None) -> list[Row]:
    """The first `limit` matching rows by a declared order; ties by the rows themselves."""
    declared = engine.analysis.orders.get(order)
    if declared is None or declared.atom.predicate != name:
        known = ", ".join(sorted(engine.analysis.orders)) or "none is declared"
        raise error("unknown-order", f"{name} has no order {order}", f"declared orders: {known}")
    predicate = engine.predicate(name, len(pattern))
    values = engine.convert_pattern(predicate, pattern)
    if engine.solver.is_demand(name):
        engine.solver.goal(name, tuple(values))
    found = engine.orders.first(declared, values, limit)
    return engine.orders.sort(declared, matching(engine, name, pattern), limit) if found is None else found


class Query:
    """A conjunctive query, compiled once: its variables in order of appearance, and its distinct solutions.

    A query with an aggregate over the rest of it, as in `N = count(X), node(X, _)`, answers with the
    results alone.
    """

    def __init__(self, engine: Engine, text: str) -> None:
        goals = _converted(engine, parse_goals(text))
        over_rest = [item for item in goals if isinstance(item, Aggregate) and item.goal is None]
        names = dict.fromkeys(name for item in over_rest or goals for name in _visible(item))
        head = Atom("#ask", tuple(Var(name) for name in names))
        label = f"ask {text}"
        if over_rest:
            goals, _ = extract_rest(engine.network.design, Rule(head, goals), label, True)
        body = tuple(flatten(goals))
        items = place_aggregates(engine.network.design, Rule(head, body), set(), label, maintain=False)
        rule = CoreRule(head, items, label)
        self.names = tuple(names)
        statistics = engine.network.statistics_of("ask")
        try:
            compiled = compile_answers(rule, (), head.terms, engine.solver, statistics)
        except Unplannable as refused:
            missing = ", ".join(sorted(refused.missing)) or "an argument"
            raise error("mode", f"nothing binds {missing} in: {text}", "add a goal that binds it") from None
        self.solve: Callable[[], Iterable[Row]] = compiled.function

    def solutions(self) -> Iterator[dict[str, Any]]:
        """Variable -> value, sorted."""
        for row in sorted_rows(set(self.solve())):
            yield dict(zip(self.names, row, strict=True))


def _converted(engine: Engine, goals: tuple[BodyItem, ...]) -> tuple[BodyItem, ...]:
    """The goals with constants as their columns keep them. Raises DatalogError: unknown-predicate, arity."""
    for item in goals:
        atom = item.atom if isinstance(item, Literal) else item.goal if isinstance(item, Aggregate) else None
        if atom is not None and atom.predicate != CLOCK:
            engine.predicate(atom.predicate, atom.arity)
    types = {name: [column.type for column in known.columns] for name, known in engine.predicates.items()}
    rule = Rule(Atom("#ask", ()), goals)
    refused = [*rule_length(rule), *rule_aggregates(rule, set(), partial(_can_ask, engine))]
    if refused:
        raise DatalogError(refused)
    return convert_rule(rule, {**types, "#ask": []}).body


def _can_ask(engine: Engine, atom: Atom, bound: set[str]) -> bool:
    return engine.solver.can_call(atom.predicate, tuple(sorted(bound_places(atom, bound))))


def _visible(item: BodyItem) -> list[str]:
    """Variables a query answers for, in order: not those local to an aggregate's goal."""
    if isinstance(item, Aggregate):
        terms: tuple[Term, ...] = (item.result,)
    else:
        terms = item.atom.terms if isinstance(item, Literal) else (item.left, item.right)
    return [name for term in terms for name in variables(term) if not name.startswith("_#")]
