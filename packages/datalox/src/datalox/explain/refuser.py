"""Finding out why a goal does not hold: each rule is walked in the order it is written, over all its
bindings, and tells of the one that got furthest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datalox.explain.instances import (
    Instances,
    aggregate_inputs,
    aggregate_value,
    group_variables,
    known_values,
    matches,
    rows_of,
    source_of,
)
from datalox.explain.near import near_rows
from datalox.explain.progress import Stop, Turn, Walks, could_be
from datalox.explain.proof import Proof, write_bindings
from datalox.explain.prover import Prover
from datalox.explain.refusal import Refusal, RuleRefusal
from datalox.explain.wording import write_atom, write_fact, write_item, write_term, write_value
from datalox.plan.core import CLOCK, CoreRule, variables_of
from datalox.session.engine import ANY, Engine, pattern_of, values_in
from datalox.store.ordering import row_key
from datalox.terms import Aggregate, Comparison, Literal, Row, Var

NESTED = 3
"""How far refusals of derived literals go on below the goal."""

Reason = tuple[str, tuple[str, ...], "Proof | Refusal | None"]


class Refuser:
    """Refuses goals of one engine, for one question."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.instances = Instances(engine)
        self.walks = Walks(engine)
        self._open: set[tuple[str, Row]] = set()

    def refuse(self, name: str, pattern: Sequence[Any]) -> Refusal:
        """Raises DatalogError: unknown-predicate, arity, bad-value."""
        predicate = self.engine.predicate(name, len(pattern))
        values = self.engine.convert_pattern(predicate, pattern)
        return self._refuse(name, pattern_of(values, predicate.arity), NESTED)

    def _refuse(self, name: str, pattern: Row, depth: int) -> Refusal:
        goal = write_pattern(name, pattern)
        values = values_in(pattern)
        rules = self.instances.rules(name)
        if any(True for _ in rows_of(self.engine, name, values)):
            return Refusal(goal, name, pattern, holds=True)
        if not rules:
            return Refusal(goal, name, pattern, note="nobody asserted it, and no rule derives it")
        self._open.add((name, pattern))
        found = [self._rule(rule, values, depth) for rule in rules]
        self._open.discard((name, pattern))
        found.sort(key=lambda refusal: -refusal.progress)
        return Refusal(goal, name, pattern, rules=tuple(found))

    def _rule(self, rule: CoreRule, values: Mapping[int, Any], depth: int) -> RuleRefusal:
        if not could_be(rule, values):
            return _report(rule, None, (f"the head {write_atom(rule.head, {})} does not fit", (), None))
        columns = tuple(values)
        stop = self.walks.progress(rule, columns).deepest(tuple(values.values()))
        if stop.failed is None:
            return _report(rule, stop, ("nothing binds what the rest of the body needs", (), None))
        return _report(rule, stop, self._reason(stop, stop.failed, depth))

    def _reason(self, stop: Stop, turn: Turn, depth: int) -> Reason:
        origin, bindings = turn.origin, stop.bindings
        if turn.is_generated and isinstance(origin, Comparison):
            return _computed(origin, bindings), (), None
        written = write_item(origin, bindings)
        if isinstance(origin, Comparison):
            used = variables_of((origin.left, origin.right))
            values = write_bindings({name: value for name, value in bindings.items() if name in used})
            return f"{written} fails" + (f" ({values})" if values else ""), (), None
        if isinstance(origin, Aggregate):
            groups = group_variables(turn.item, origin)
            inputs = aggregate_inputs(self.engine, origin, bindings, groups)
            value = aggregate_value(origin, inputs, {n: v for n, v in bindings.items() if n in groups})
            has = "has no value" if value is None or not inputs else f"is {write_value(value)}"
            return f"{written} fails: over {len(inputs)} rows it {has}", (), None
        if origin.atom.predicate == CLOCK:
            return f"{written} fails: the clock is not set", (), None
        if origin.negated:
            return self._present(origin, bindings)
        return self._missing(origin, bindings, written, depth)

    def _present(self, origin: Literal, bindings: Mapping[str, Any]) -> Reason:
        name = origin.atom.predicate
        row = min((found for found, _ in matches(self.engine, origin.atom, bindings)), key=row_key)
        proof = None if name == CLOCK else Prover(self.engine).prove(name, row)
        return f"{write_item(origin, bindings)} fails", (), proof

    def _missing(self, origin: Literal, bindings: Mapping[str, Any], written: str, depth: int) -> Reason:
        atom = origin.atom
        known = known_values(atom, bindings)
        pattern = pattern_of(known, atom.arity)
        derived = bool(self.instances.rules(atom.predicate))
        because = None
        if derived and depth > 0 and (atom.predicate, pattern) not in self._open:
            because = self._refuse(atom.predicate, pattern, depth - 1)
        near = () if derived else near_rows(self.engine, atom.predicate, known)
        return f"{written} does not hold", tuple(write_fact(atom.predicate, row) for row in near), because


def write_pattern(name: str, pattern: Row) -> str:
    """`can_place(w1, _)`"""
    return f"{name}({', '.join('_' if value is ANY else write_value(value) for value in pattern)})"


def _computed(origin: Comparison, bindings: Mapping[str, Any]) -> str:
    """Why a computed argument, or a computed column of the head, does not fit."""
    for side, other in ((origin.left, origin.right), (origin.right, origin.left)):
        if isinstance(side, Var) and side.name.startswith("C#"):
            return f"the head has {write_term(other, bindings)} there, not {write_value(bindings[side.name])}"
    computed = origin.right if isinstance(origin.left, Var) else origin.left
    return f"{write_term(computed, bindings)} cannot be computed"


def _report(rule: CoreRule, stop: Stop | None, reason: Reason) -> RuleRefusal:
    checked = source_of(rule)
    span = checked.rule.span
    bindings = stop.bindings if stop is not None else {}
    failed = stop.failed if stop is not None else None
    held = stop.held() if stop is not None else ()
    return RuleRefusal(
        rule=f"{span.file}:{span.line}" if span is not None else checked.module,
        rule_text=checked.rule.text,
        comment=checked.rule.comment,
        satisfied=tuple(write_item(turn.origin, bindings) for turn in held),
        failed=write_item(failed.origin, bindings) if failed is not None else "",
        reason=reason[0],
        bindings={name: value for name, value in bindings.items() if "#" not in name},
        near=reason[1],
        because=reason[2],
        length=len(checked.rule.body),
    )
