"""What could stand in the open columns of a goal: the values that feed them, whatever else the rules ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice, product
from typing import Any

from datalox.demand import base_name
from datalox.explain.instances import Instances
from datalox.plan.core import CLOCK, CoreRule
from datalox.session.engine import Engine
from datalox.terms import Const, Literal, Row, Var

MOST = 20_000
"""Candidates looked at."""

Columns = tuple[int, ...]


def domain(engine: Engine, name: str, columns: Columns, most: int = MOST) -> set[Row]:
    """Values of `columns` that rows of a predicate might have: those of the literals that bind them first in
    its rules, followed down to what is asserted, without any other condition."""
    return _Domains(engine, most).of(name, columns)


class _Domains:
    def __init__(self, engine: Engine, most: int) -> None:
        self._engine = engine
        self._instances = Instances(engine)
        self._most = most
        self._open: set[tuple[str, Columns]] = set()

    def of(self, name: str, columns: Columns) -> set[Row]:
        if (name, columns) in self._open:
            return set()
        self._open.add((name, columns))
        found = set(islice(self._asserted(name, columns), self._most))
        for rule in self._instances.below(name):
            if len(found) < self._most:
                found |= self._of_rule(rule, columns)
        self._open.discard((name, columns))
        return found

    def _asserted(self, name: str, columns: Columns) -> Iterable[Row]:
        node = self._engine.network.nodes.get(base_name(name, self._engine.network.design))
        if node is None or name == CLOCK:
            return ()
        return dict.fromkeys(tuple([row[i] for i in columns]) for row in node.relation.all_rows())

    def _of_rule(self, rule: CoreRule, columns: Columns) -> set[Row]:
        """The product over the literals that bind the columns, each with those it binds."""
        parts: dict[int, list[int]] = {}
        for place, column in enumerate(columns):
            term = rule.head.terms[column]
            binder = -1 if isinstance(term, Const) else _binder(rule, term)
            if binder is None:
                return set()
            parts.setdefault(binder, []).append(place)
        choices: list[list[tuple[list[int], Row]]] = []
        for binder, places in parts.items():
            terms = [rule.head.terms[columns[place]] for place in places]
            choices.append([(places, values) for values in self._values(rule, binder, terms)])
        found = set()
        for combination in islice(product(*choices), self._most):
            row: list[Any] = [None] * len(columns)
            for places, values in combination:
                for place, value in zip(places, values, strict=True):
                    row[place] = value
            found.add(tuple(row))
        return found

    def _values(self, rule: CoreRule, binder: int, terms: Sequence[Any]) -> Iterable[Row]:
        if binder < 0:
            return [tuple(term.value for term in terms)]
        item = rule.body[binder]
        assert isinstance(item, Literal)
        return self.of(item.atom.predicate, tuple(item.atom.terms.index(term) for term in terms))


def _binder(rule: CoreRule, term: Any) -> int | None:
    """The first positive literal of a body in which a variable stands."""
    for number, item in enumerate(rule.body if isinstance(term, Var) else ()):
        if isinstance(item, Literal) and not item.negated and term in item.atom.terms:
            return number
    return None
