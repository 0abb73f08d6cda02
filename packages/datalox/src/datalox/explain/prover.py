"""Finding proofs: rule bodies are solved again with the head given; the lowest proof found is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from datalox.explain.instances import (
    Instances,
    aggregate_inputs,
    group_variables,
    is_asserted,
    known_values,
    rows_of,
    source_of,
)
from datalox.explain.proof import Kind, Proof
from datalox.explain.wording import write_fact, write_item
from datalox.maintain.recursive import Component
from datalox.plan.core import CLOCK, CoreItem, CoreRule
from datalox.session.engine import Engine
from datalox.store.ordering import sorted_rows
from datalox.terms import Aggregate, BodyItem, Comparison, Literal, Row

ALTERNATIVES = 16
"""Instances of one rule that are compared for height."""
PROVED_INPUTS = 24
"""Aggregates over more rows list them without proving each."""
Fact = tuple[str, Row]


class Prover:
    """Explains rows of one engine, for one question."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.instances = Instances(engine)
        self._known: dict[Fact, Proof] = {}
        self._path: set[Fact] = set()
        self._cut = False
        self._components = {
            name: component for component in engine.network.components.values() for name in component.work
        }

    def explain(self, name: str, values: Sequence[Any]) -> Proof | None:
        """The proof of a row, None if it does not hold. Raises DatalogError: unknown-predicate, arity,
        bad-value, mode."""
        predicate = self.engine.predicate(name, len(values))
        row = tuple(self.engine.convert_pattern(predicate, values).values())
        if len(row) != predicate.arity:
            raise self.engine.incomplete(name)
        holds = any(True for _ in rows_of(self.engine, name, dict(enumerate(row))))
        return self.prove(name, row) if holds else None

    def prove(self, name: str, row: Row) -> Proof | None:
        """The lowest proof found of a row that holds; None only where every way leads back to the row
        itself."""
        fact = (name, row)
        found = self._known.get(fact)
        if found is not None:
            return found
        if is_asserted(self.engine, name, row):
            found = Proof("fact", write_fact(name, row), name, row)
        elif fact in self._path:
            self._cut = True
            return None
        else:
            found = self._lowest(name, row)
        if found is not None:
            self._known[fact] = found
        return found

    def _lowest(self, name: str, row: Row) -> Proof | None:
        self._path.add((name, row))
        best: Proof | None = None
        for rule in self.instances.rules(name):
            for proof in islice(self._proofs(rule, name, row), ALTERNATIVES):
                if best is None or proof.height < best.height:
                    best = proof
                if best.height == 1:
                    break
        self._path.discard((name, row))
        return best

    def _proofs(self, rule: CoreRule, name: str, row: Row) -> Iterable[Proof]:
        component = self._components.get(name)
        for bindings in self.instances.solutions(rule, row):
            if component is not None and not self._descends(component, rule, name, row, bindings):
                continue
            proof = self._instance(rule, name, row, bindings)
            if proof is not None:
                yield proof

    def _descends(
        self, component: Component, rule: CoreRule, name: str, row: Row, bindings: Mapping[str, Any]
    ) -> bool:
        """Whether every recursive body atom was derived in an earlier round than the row."""
        rank = component.ranks(name)[row]
        for item in rule.body:
            if isinstance(item, Literal) and not item.negated and item.atom.predicate in component.work:
                values = known_values(item.atom, bindings)
                below = tuple(values[position] for position in range(item.atom.arity))
                if component.ranks(item.atom.predicate)[below] >= rank:
                    return False
        return True

    def _instance(self, rule: CoreRule, name: str, row: Row, bindings: Mapping[str, Any]) -> Proof | None:
        children: list[Proof] = []
        for item, origin in zip(rule.body, rule.origins, strict=True):
            if isinstance(origin, Comparison) and _is_generated(origin):
                continue
            child = self._item(item, origin, bindings)
            if child is None:
                return None
            children.append(child)
        checked = source_of(rule)
        span = checked.rule.span
        named = {key: value for key, value in bindings.items() if "#" not in key}
        place = f"{span.file}:{span.line}" if span is not None else checked.module
        return Proof(
            "rule", write_fact(name, row), name, row, checked.module, checked.number, place,
            checked.rule.text, checked.rule.comment, named, (), tuple(children),
        )  # fmt: skip

    def _item(self, item: CoreItem, origin: BodyItem, bindings: Mapping[str, Any]) -> Proof | None:
        if isinstance(origin, Comparison):
            return Proof("comparison", write_item(origin, bindings))
        if isinstance(origin, Aggregate):
            return self._aggregate(item, origin, bindings)
        statement = write_item(origin, bindings)
        name = origin.atom.predicate
        if origin.negated:
            return Proof("negation", statement, name)
        values = known_values(origin.atom, bindings)
        row = tuple(values[position] for position in range(origin.atom.arity))
        if name == CLOCK:
            return Proof("clock", statement, name, row)
        return self.prove(name, row)

    def _aggregate(self, item: CoreItem, origin: Aggregate, bindings: Mapping[str, Any]) -> Proof:
        assert origin.goal is not None
        inputs = sorted_rows(aggregate_inputs(self.engine, origin, bindings, group_variables(item, origin)))
        name = origin.goal.predicate
        children: list[Proof] = []
        if len(inputs) <= PROVED_INPUTS and name in self.engine.predicates:
            children = [proof for row in inputs if (proof := self.prove(name, row)) is not None]
        kind: Kind = "aggregate"
        visible = "" if "#" in name else name
        return Proof(
            kind, write_item(origin, bindings), visible, (), inputs=tuple(inputs), children=tuple(children)
        )


def _is_generated(item: Comparison) -> bool:
    """An assignment that desugaring introduced for a computed argument."""
    return any("E#" in getattr(side, "name", "") for side in (item.left, item.right))
