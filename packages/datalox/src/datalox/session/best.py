"""The best rows of a declared order: by a walk along the order where there is one, else by sorting all."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import Any

from datalox.compile.operators import compile_ranking
from datalox.compile.rules import Compiled, relations_of
from datalox.demand import Solver
from datalox.maintain.network import Network
from datalox.plan.bestfirst import NoWalk, Walk, plan_walk
from datalox.plan.core import CoreRule
from datalox.plan.desugar import FACTS
from datalox.plan.inline import rules_of
from datalox.plan.merge import is_unique
from datalox.session.prepared import Prepared
from datalox.session.search import Search
from datalox.store.follower import Follower
from datalox.store.ordering import row_key, value_key
from datalox.store.relation import Relation
from datalox.terms import Atom, Literal, Order, Row, Var

Pairs = list[tuple[Any, Row]]
Columns = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """How an order is followed for one pattern. `searches`: one per rule, None where all is sorted;
    `assumed`: relations that must be empty; `unique`: (predicate, columns) that must identify a row."""

    plans: tuple[Walk | NoWalk, ...]
    searches: tuple[Search, ...] | None
    assumed: tuple[Relation, ...] = ()
    unique: tuple[tuple[str, Columns], ...] = ()

    def is_true(self, solver: Solver) -> bool:
        """Whether what is taken for unique still is."""
        return not self.unique or all(is_unique(name, columns, solver) for name, columns in self.unique)


class Orders:
    """Answers for one engine."""

    def __init__(self, network: Network, solver: Solver) -> None:
        self._network = network
        self._solver = solver
        self._choices: dict[tuple[str, Columns], Choice] = {}
        self._rankings: dict[str, Callable[[Iterable[Row]], Pairs]] = {}
        self._kept: dict[object, Follower] = {}

    def first(self, order: Order, values: dict[int, Any], limit: int | None) -> list[Row] | None:
        """The best rows with the given values in the given columns; None if only sorting all can tell."""
        columns = tuple(values)
        choice = self.choice(order, columns)
        if choice.searches is None or (choice.assumed and any(map(len, choice.assumed))):
            return None
        if not choice.is_true(self._solver):
            self._choices.pop((order.name, columns))
            return self.first(order, values, limit)
        if limit == 0:
            return []
        parts: list[list[Row]] = []
        for search in choice.searches:
            found = search.first(tuple(values.values()), inf if limit is None else limit)
            if found is None:
                return None
            parts += found
        if len(parts) == 1:
            return parts[0] if limit is None else parts[0][:limit]
        return self.sort(order, {row for part in parts for row in part}, limit)

    def sort(self, order: Order, rows: Iterable[Row], limit: int | None) -> list[Row]:
        """The best of some rows of the ordered predicate; ties by the rows themselves."""
        ranking = self._rankings.get(order.name)
        if ranking is None:
            statistics = self._network.statistics_of(f"order {order.name}")
            ranking = self._rankings[order.name] = compile_ranking(order, self._solver, statistics)
        return _first(ranking(rows), order.descending, limit)

    def choice(self, order: Order, columns: Columns) -> Choice:
        """How the order is followed when `columns` are bound."""
        key = (order.name, columns)
        found = self._choices.get(key)
        if found is None:
            found = self._choices[key] = self._choose(order, columns)
        return found

    def _choose(self, order: Order, columns: Columns) -> Choice:
        solver, design = self._solver, self._network.design
        name = order.atom.predicate
        if solver.is_demand(name):
            if name in solver.recursive:
                whole = design.whole[name][0]
                return Choice((NoWalk(whole, f"{name} is recursive"),), None)
            rules = rules_of(name, design)
        else:
            rules = [_itself(order.atom)]
        plans = tuple(plan_walk(rule, columns, order, design, solver.recursive, solver) for rule in rules)
        walks = [plan for plan in plans if isinstance(plan, Walk)]
        assumed = {name, *(each for walk in walks for each in walk.assumed)}
        for plan in plans:
            if isinstance(plan, NoWalk):
                self._keep_reason(order, columns, plan)
        return Choice(
            plans,
            tuple(self._search(order, columns, walk) for walk in walks) if len(walks) == len(plans) else None,
            tuple(
                self._network.nodes[each + FACTS].relation
                for each in sorted(assumed)
                if solver.is_demand(each) and each + FACTS in self._network.nodes
            ),
            tuple(dict.fromkeys(pair for walk in walks for pair in walk.unique)),
        )

    def _search(self, order: Order, columns: Columns, walk: Walk) -> Search:
        statistics = self._network.statistics_of(f"order {order.name}")
        prepared = Prepared(walk, self._solver, statistics, self._kept)
        reads = relations_of(walk.rule.body)
        for title, text in prepared.texts.items():
            compiled = replace(text, relations=reads if title == "visit" else frozenset())
            self._keep_text(order, columns, walk.rule.label, title, compiled)
        return Search(prepared)

    def _keep_reason(self, order: Order, columns: Columns, plan: NoWalk) -> None:
        """Let the generated source say why there is no walk; look for one again when statistics move."""
        lines = [*plan.rule.text.splitlines(), f"- compute every match and sort: {plan.reason}"]
        text = "".join(f"# {line}\n" for line in lines)
        compiled = Compiled(_first, text, relations_of(plan.rule.body))
        self._keep_text(order, columns, plan.rule.label, "sorted", compiled)

    def _keep_text(self, order: Order, columns: Columns, label: str, what: str, compiled: Compiled) -> None:
        shape = "".join("b" if i in columns else "f" for i in range(order.atom.arity))
        forget = partial(self._forget, (order.name, columns))
        title = f"{order.atom.predicate}/{order.atom.arity} by {order.name} {shape} {label} {what}"
        self._network.keep(label, title, compiled, forget)

    def _forget(self, key: tuple[str, Columns]) -> None:
        """The statistics moved: choose again when next asked."""
        self._choices.pop(key, None)


def _itself(atom: Atom) -> CoreRule:
    """A kept predicate as a rule about itself."""
    terms = tuple(Var(f"A{position}") for position in range(atom.arity))
    return CoreRule(
        Atom(atom.predicate, terms), (Literal(Atom(atom.predicate, terms)),), f"rows of {atom.predicate}"
    )


def _first(pairs: list[tuple[Any, Row]], descending: bool, limit: int | None) -> list[Row]:
    """The best `limit` rows; only those at or above the last place are put in full order."""
    if all(key.__class__ is int or key.__class__ is float for key, _ in pairs):
        keyed = [(-key, row) for key, row in pairs] if descending else pairs
    else:
        ordered = sorted(pairs, key=lambda pair: row_key(pair[1]))
        ordered.sort(key=lambda pair: value_key(pair[0]), reverse=descending)
        return [row for _, row in ordered[:limit]]
    if limit is not None and 0 < limit < len(keyed):
        last = heapq.nsmallest(limit, [key for key, _ in keyed])[-1]
        keyed = [pair for pair in keyed if pair[0] < last] + _narrowed(
            [pair for pair in keyed if pair[0] == last], limit
        )
    keyed.sort(key=lambda pair: (pair[0], row_key(pair[1])))
    return [row for _, row in keyed[:limit]]


def _narrowed(ties: list[tuple[Any, Row]], limit: int) -> list[tuple[Any, Row]]:
    """Ties without those that cannot be among the first `limit`, judged by the first column that varies."""
    if len(ties) <= limit:
        return ties
    first = ties[0][1]
    for column, value in enumerate(first):
        if any(row[column] != value for _, row in ties):
            keys = [value_key(row[column]) for _, row in ties]
            last = heapq.nsmallest(limit, keys)[-1]
            return [pair for pair, key in zip(ties, keys, strict=True) if key <= last]
    return ties
