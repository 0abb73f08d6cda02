"""Finding proofs: rule bodies are solved again with the head given; the lowest proof found is kept."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import suppress
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
from datalox.maintain.closure import ClosureNode
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
Search = Generator[Fact, Proof | None, Proof | None]


class Prover:
    """Explains rows of one engine, for one question."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.instances = Instances(engine)
        self._known: dict[Fact, Proof] = {}
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
        """The lowest proof found of a row that holds; None only where every way leads back to the row itself.

        A search yields the facts it needs and is sent their proofs, so depth costs no stack.
        """
        goal = (name, row)
        answer = self._at_hand(goal)
        if answer is not None:
            return answer
        pending = [(goal, self._search(goal))]
        path = {goal}
        while pending:
            fact, search = pending[-1]
            try:
                wanted = search.send(answer)
            except StopIteration as done:
                answer = done.value
                pending.pop()
                path.discard(fact)
                if answer is not None:
                    self._known[fact] = answer
                continue
            answer = self._at_hand(wanted)
            if answer is None and wanted not in path:
                path.add(wanted)
                pending.append((wanted, self._search(wanted)))
        return answer

    def _at_hand(self, fact: Fact) -> Proof | None:
        found = self._known.get(fact)
        if found is None and is_asserted(self.engine, *fact):
            found = self._known[fact] = Proof("fact", write_fact(*fact), *fact)
        return found

    def _search(self, fact: Fact) -> Search:
        name, row = fact
        component = self._components.get(name)
        best: Proof | None = None
        for rule in self.instances.rules(name):
            compared = 0
            solutions = self.instances.solutions(rule, row)
            if component is not None:
                solutions = _descending(component, rule, name, row, solutions)
            for bindings in solutions:
                proof = yield from self._instance(rule, name, row, bindings)
                if proof is not None:
                    compared += 1
                    best = proof if best is None or proof.height < best.height else best
                if compared == ALTERNATIVES or (best is not None and best.height == 1):
                    break
        return best

    def needs(self, rule: CoreRule, name: str, row: Row, bindings: Mapping[str, Any]) -> tuple[Fact, ...]:
        """The facts that one instance of a rule rests on."""
        wanted: list[Fact] = []
        search = self._instance(rule, name, row, bindings)
        with suppress(StopIteration):
            fact = next(search)
            while True:
                wanted.append(fact)
                fact = search.send(Proof("fact", ""))
        return tuple(wanted)

    def step(
        self, rule: CoreRule, name: str, row: Row, bindings: Mapping[str, Any], known: Mapping[Fact, Proof]
    ) -> Proof:
        """The proof by one instance of a rule, given those of the facts it rests on."""
        search = self._instance(rule, name, row, bindings)
        try:
            fact = next(search)
            while True:
                fact = search.send(known[fact])
        except StopIteration as done:
            made: Proof = done.value
            return made

    def _instance(self, rule: CoreRule, name: str, row: Row, bindings: Mapping[str, Any]) -> Search:
        children: list[Proof] = []
        for item, origin in zip(rule.body, rule.origins, strict=True):
            if isinstance(origin, Comparison) and _is_generated(origin):
                continue
            child = yield from self._item(item, origin, bindings)
            if child is None:
                return None
            children.append(child)
        checked = source_of(rule)
        span = checked.rule.span
        named = {key: value for key, value in bindings.items() if "#" not in key}
        place = f"{span.file}:{span.line}" if span is not None else checked.module
        return Proof(
            "rule", write_fact(name, row), name, row, checked.module, checked.number, place,
            checked.rule.text, checked.rule.comment, named, (), tuple(children), 1 + _highest(children),
        )  # fmt: skip

    def _item(self, item: CoreItem, origin: BodyItem, bindings: Mapping[str, Any]) -> Search:
        if isinstance(origin, Comparison):
            return Proof("comparison", write_item(origin, bindings))
        if isinstance(origin, Aggregate):
            return (yield from self._aggregate(item, origin, bindings))
        statement = write_item(origin, bindings)
        name = origin.atom.predicate
        if origin.negated:
            return Proof("negation", statement, name)
        values = known_values(origin.atom, bindings)
        row = tuple(values[position] for position in range(origin.atom.arity))
        if name == CLOCK:
            return Proof("clock", statement, name, row)
        return (yield (name, row))

    def _aggregate(self, item: CoreItem, origin: Aggregate, bindings: Mapping[str, Any]) -> Search:
        assert origin.goal is not None
        inputs = sorted_rows(aggregate_inputs(self.engine, origin, bindings, group_variables(item, origin)))
        name = origin.goal.predicate
        children: list[Proof] = []
        if len(inputs) <= PROVED_INPUTS and name in self.engine.predicates:
            for row in inputs:
                proof = yield (name, row)
                if proof is not None:
                    children.append(proof)
        kind: Kind = "aggregate"
        visible = "" if "#" in name else name
        statement = write_item(origin, bindings)
        found = tuple(children)
        return Proof(kind, statement, visible, inputs=tuple(inputs), children=found, height=_highest(found))


def _descending(
    component: Component | ClosureNode, rule: CoreRule, name: str, row: Row,
    solutions: Iterable[dict[str, Any]],
) -> Iterable[dict[str, Any]]:  # fmt: skip
    """The solutions whose recursive atoms have the lowest ranks, where these are below that of the row."""
    literals = [item for item in rule.body if isinstance(item, Literal)]
    atoms = [item.atom for item in literals if not item.negated and item.atom.predicate in component.work]
    if not atoms:
        return solutions
    rank_of = component.ranks_below(row)
    lowest, found = rank_of(name, row), list[dict[str, Any]]()
    for bindings in solutions:
        rank = max(rank_of(atom.predicate, tuple(known_values(atom, bindings).values())) for atom in atoms)
        if rank < lowest:
            lowest, found = rank, [bindings]
        elif rank == lowest and found:
            found.append(bindings)
    return found


def _highest(children: Sequence[Proof]) -> int:
    return max((child.height for child in children), default=0)


def _is_generated(item: Comparison) -> bool:
    """An assignment that desugaring introduced for a computed argument."""
    return any("E#" in getattr(side, "name", "") for side in (item.left, item.right))
