"""What proofs and refusals ask of an engine: rows that match, instances of rules, and whether a body
item is true."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from heapq import nsmallest
from itertools import islice
from typing import Any

from datalox.check.analysis import CheckedRule
from datalox.compile.rules import compile_answers
from datalox.compile.semantics import Fault, canonical, compare, evaluate, is_number
from datalox.demand import base_name
from datalox.maintain.groups import aggregate_once
from datalox.plan.core import CoreRule, Fold, Total, variables, variables_of
from datalox.session.engine import Engine
from datalox.session.questions import select
from datalox.store.ordering import row_key
from datalox.terms import Aggregate, Atom, Comparison, Const, Literal, Row, Var

SEEN = 2_000
"""Rows looked at where a few will do."""


def rows_of(engine: Engine, name: str, values: Mapping[int, Any]) -> Iterable[Row]:
    """Rows of any predicate, auxiliary and demand ones included, with the given values in the given
    columns."""
    ordered = dict(sorted(values.items()))
    if engine.solver.is_demand(name):
        return engine.solver.goal(name, tuple(ordered)).answers(*ordered.values())
    return select(engine.network.nodes[name].relation, ordered)


def is_asserted(engine: Engine, name: str, row: Row) -> bool:
    if name not in engine.predicates:
        return False
    return row in engine.network.nodes[base_name(name, engine.network.design)].relation


def known_values(atom: Atom, bindings: Mapping[str, Any]) -> dict[int, Any]:
    """column -> value for the terms of an atom whose variables are bound. Raises Fault."""
    found: dict[int, Any] = {}
    for position, term in enumerate(atom.terms):
        if isinstance(term, Var):
            if term.name in bindings:
                found[position] = bindings[term.name]
        elif isinstance(term, Const):
            found[position] = term.value
        elif variables_of((term,)) <= bindings.keys():
            found[position] = canonical(evaluate(term, dict(bindings)))
    return found


def matches(engine: Engine, atom: Atom, bindings: Mapping[str, Any]) -> list[tuple[Row, dict[str, Any]]]:
    """Rows that match an atom, each with the bindings it extends to."""
    found: list[tuple[Row, dict[str, Any]]] = []
    for row in rows_of(engine, atom.predicate, known_values(atom, bindings)):
        extended = extend(atom, row, bindings)
        if extended is not None:
            found.append((row, extended))
    return found


def few(rows: Iterable[Row], most: int) -> list[Row]:
    """The first rows in order, of those looked at: the same whatever order they come in."""
    found = list(islice(rows, SEEN))
    return nsmallest(most, found, key=row_key) if len(found) > 1 else found


def extend(atom: Atom, row: Row, bindings: Mapping[str, Any]) -> dict[str, Any] | None:
    """The bindings under which `atom` is `row`; None if there are none."""
    extended = dict(bindings)
    for term, value in zip(atom.terms, row, strict=True):
        if isinstance(term, Var):
            if extended.setdefault(term.name, value) != value:
                return None
        elif isinstance(term, Const):
            if term.value != value:
                return None
        elif canonical(evaluate(term, extended)) != value:
            return None
    return extended


def aggregate_inputs(
    engine: Engine, item: Aggregate, bindings: Mapping[str, Any], groups: set[str]
) -> list[Row]:
    """The rows of the goal in the group given by `bindings`."""
    assert item.goal is not None
    known = {name: value for name, value in bindings.items() if name in groups}
    return [row for row, _ in matches(engine, item.goal, known)]


def aggregate_value(item: Aggregate, rows: Iterable[Row], bindings: Mapping[str, Any]) -> Any:
    """The aggregate over rows of its goal; None where it has no value."""
    assert item.goal is not None
    values: list[Any] = []
    for row in rows:
        extended = extend(item.goal, row, bindings)
        if extended is None:
            continue
        try:
            value = canonical(evaluate(item.value, extended))
        except Fault:
            continue
        if item.op not in ("sum", "avg") or is_number(value):
            values.append(value)
    return aggregate_once(item.op, values)


def group_variables(item: object, origin: Aggregate) -> set[str]:
    """The variables a placed aggregate groups by."""
    if isinstance(item, (Total, Fold)):
        return variables_of(item.groups)
    assert isinstance(item, Literal)
    return variables_of(item.atom.terms[:-1])


def comparison_holds(item: Comparison, bindings: Mapping[str, Any]) -> bool:
    """Raises Fault where it cannot be computed."""
    values = dict(bindings)
    return compare(item.op, evaluate(item.left, values), evaluate(item.right, values))


def visible_variables(rule: CoreRule) -> tuple[str, ...]:
    """Every variable a solution of the body binds, in order."""
    names: dict[str, None] = {}
    for item in rule.body:
        if isinstance(item, Literal):
            if not item.negated:
                names.update(dict.fromkeys(name for term in item.atom.terms for name in variables(term)))
        elif isinstance(item, Comparison):
            names.update(dict.fromkeys((*variables(item.left), *variables(item.right))))
        else:
            names.update(dict.fromkeys(name for t in (*item.groups, item.result) for name in variables(t)))
    names.update(dict.fromkeys(name for term in rule.head.terms for name in variables(term)))
    return tuple(names)


class Instances:
    """Solutions of rules with the head given, compiled once per rule and kept with the engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def rules(self, name: str) -> list[CoreRule]:
        """The rules of a predicate as written, reduced; without the rule for asserted facts."""
        return [rule for rule in self.engine.network.design.whole.get(name, ()) if rule.source is not None]

    def below(self, name: str) -> list[CoreRule]:
        """The same, and for the rest of a body under an aggregate the one that solves it."""
        return [rule for rule in self.engine.network.design.whole.get(name, ()) if rule.origins]

    def solutions(self, rule: CoreRule, row: Row) -> Iterable[dict[str, Any]]:
        """Bindings of all variables under which `rule` derives `row`."""
        names, function = self._function(rule)
        for values in function(*row):
            yield dict(zip(names, values, strict=True))

    def few(self, rule: CoreRule, row: Row, most: int) -> list[dict[str, Any]]:
        """The first solutions in order."""
        names, function = self._function(rule)
        return [dict(zip(names, values, strict=True)) for values in few(function(*row), most)]

    def _function(self, rule: CoreRule) -> tuple[tuple[str, ...], Callable[..., Iterable[Row]]]:
        engine = self.engine
        found = engine.proofs.get(id(rule))
        if found is None:
            names = visible_variables(rule)
            statistics = engine.network.statistics_of("explain")
            output = tuple(Var(name) for name in names)
            columns = tuple(range(rule.head.arity))
            compiled = compile_answers(rule, columns, output, engine.solver, statistics)
            found = engine.proofs[id(rule)] = (names, compiled.function)
            forget = partial(engine.proofs.pop, id(rule), None)
            engine.network.keep(rule.label, f"{rule.label} explained", compiled, forget)
        return found


def source_of(rule: CoreRule) -> CheckedRule:
    assert rule.source is not None
    return rule.source
