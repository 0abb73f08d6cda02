"""Checking a proof against the rules and the facts, without the planner that found it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datalox.compile.semantics import Fault, canonical, evaluate
from datalox.explain.instances import (
    Instances,
    aggregate_inputs,
    aggregate_value,
    comparison_holds,
    extend,
    group_variables,
    is_asserted,
    matches,
    source_of,
)
from datalox.explain.proof import Proof
from datalox.plan.core import CLOCK, CoreItem, CoreRule, assigned
from datalox.session.engine import Engine
from datalox.terms import Aggregate, BodyItem, Comparison, Literal, Var


class Verifier:
    """Checks proofs in one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.instances = Instances(engine)

    def verify(self, proof: Proof) -> bool:
        """Whether the step and everything below it holds."""
        try:
            return all(self._step(step) for step in proof.steps())
        except Fault:
            return False

    def _step(self, proof: Proof) -> bool:
        if proof.kind == "fact":
            return is_asserted(self.engine, proof.predicate, proof.row)
        if proof.kind == "clock":
            return self.engine.network.clock is not None and proof.row == (self.engine.network.clock,)
        return proof.kind != "rule" or any(
            self._rule(rule, proof)
            for rule in self.instances.rules(proof.predicate)
            if _is_rule_of(rule, proof)
        )

    def _rule(self, rule: CoreRule, proof: Proof) -> bool:
        bindings = dict(proof.bindings)
        for item in rule.body:
            if isinstance(item, Comparison) and (found := assigned(item, set(bindings))) is not None:
                bindings[found[0].name] = canonical(evaluate(found[1], bindings))
        # What a rule that is asked leaves open in its head stands for whatever was asked.
        for term, value in zip(rule.head.terms, proof.row, strict=True):
            if isinstance(term, Var):
                bindings.setdefault(term.name, value)
        head = tuple(canonical(evaluate(term, bindings)) for term in rule.head.terms)
        proved = {
            (child.predicate, child.row)
            for child in proof.children
            if child.kind in ("fact", "rule", "clock")
        }
        return head == proof.row and all(
            self._item(item, origin, bindings, proved)
            for item, origin in zip(rule.body, rule.origins, strict=True)
        )

    def _item(
        self, item: CoreItem, origin: BodyItem, bindings: Mapping[str, Any], proved: set[tuple[str, Any]]
    ) -> bool:
        if isinstance(origin, Comparison):
            return comparison_holds(origin, bindings)
        if isinstance(origin, Aggregate):
            rows = aggregate_inputs(self.engine, origin, bindings, group_variables(item, origin))
            groups = {n: v for n, v in bindings.items() if n in group_variables(item, origin)}
            value = aggregate_value(origin, rows, groups)
            return value is not None and bool(value == canonical(evaluate(origin.result, dict(bindings))))
        if origin.negated:
            return self._absent(origin, bindings)
        name = origin.atom.predicate
        return any(p == name and extend(origin.atom, row, bindings) is not None for p, row in proved)

    def _absent(self, origin: Literal, bindings: Mapping[str, Any]) -> bool:
        if origin.atom.predicate == CLOCK:
            clock = self.engine.network.clock
            return clock is None or extend(origin.atom, (clock,), bindings) is None
        return not matches(self.engine, origin.atom, bindings)


def _is_rule_of(rule: CoreRule, proof: Proof) -> bool:
    checked = source_of(rule)
    same = checked.module == proof.module and checked.number == proof.number
    return same and checked.rule.text == proof.rule_text
