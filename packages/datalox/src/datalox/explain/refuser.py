"""Finding out why a goal does not hold: each rule is walked in the order it is written, over all its
bindings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datalox.compile.semantics import Fault, canonical, evaluate
from datalox.explain.instances import (
    Instances,
    aggregate_inputs,
    aggregate_value,
    comparison_holds,
    group_variables,
    known_values,
    matches,
    rows_of,
    source_of,
)
from datalox.explain.proof import Proof, write_bindings
from datalox.explain.prover import Prover
from datalox.explain.refusal import Refusal, RuleRefusal
from datalox.explain.wording import write_atom, write_item, write_value
from datalox.plan.core import CLOCK, CoreItem, CoreRule, Fold, Total, assigned, variables_of
from datalox.session.engine import ANY, Engine
from datalox.store.ordering import sorted_rows
from datalox.terms import Aggregate, Atom, BodyItem, Comparison, Const, Literal, Row, Var

STEPS = 20_000
"""Rows looked at per question; beyond that the deepest progress so far is reported."""
NESTED = 3
NEAR = 3


@dataclass(slots=True)
class Walk:
    """The deepest point reached in one rule."""

    rule: CoreRule
    depth: int = -1
    held: tuple[str, ...] = ()
    bindings: dict[str, Any] = field(default_factory=dict)
    failed: BodyItem | None = None
    item: CoreItem | None = None
    solved: bool = False

    def reach(
        self, held: Sequence[str], bindings: Mapping[str, Any], item: CoreItem, failed: BodyItem
    ) -> None:
        if len(held) > self.depth:
            self.depth, self.held = len(held), tuple(held)
            self.bindings, self.failed, self.item = dict(bindings), failed, item


class Refuser:
    """Refuses goals of one engine, for one question."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.instances = Instances(engine)
        self._steps = 0
        self._open: set[tuple[str, Row]] = set()

    def refuse(self, name: str, pattern: Sequence[Any]) -> Refusal:
        """Raises DatalogError: unknown-predicate, arity, bad-value."""
        predicate = self.engine.predicate(name, len(pattern))
        values = self.engine.convert_pattern(predicate, pattern)
        return self._refuse(name, tuple(values.get(i, ANY) for i in range(predicate.arity)), NESTED)

    def _refuse(self, name: str, pattern: Row, depth: int) -> Refusal:
        goal = f"{name}({', '.join('_' if value is ANY else write_value(value) for value in pattern)})"
        values = {i: value for i, value in enumerate(pattern) if value is not ANY}
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
        walk = Walk(rule)
        pairs = [(i, o) for i, o in zip(rule.body, rule.origins, strict=True)]
        bindings = _unify(rule.head, values)
        if bindings is None:
            head = write_atom(rule.head, {})
            return self._report(walk, f"the head {head} does not fit", (), None)
        self._search(walk, pairs, [], bindings, values)
        if walk.failed is None or walk.item is None:
            return self._report(walk, "nothing binds what the rest of the body needs", (), None)
        reason, near, because = self._reason(walk.item, walk.failed, walk.bindings, depth)
        return self._report(walk, reason, near, because)

    def _report(
        self, walk: Walk, reason: str, near: tuple[str, ...], because: Proof | Refusal | None
    ) -> RuleRefusal:
        checked = source_of(walk.rule)
        span = checked.rule.span
        failed = write_item(walk.failed, walk.bindings) if walk.failed is not None else ""
        named = {name: value for name, value in walk.bindings.items() if "#" not in name}
        return RuleRefusal(
            rule=f"{span.file}:{span.line}" if span is not None else checked.module,
            rule_text=checked.rule.text,
            comment=checked.rule.comment,
            satisfied=walk.held,
            failed=failed,
            reason=reason,
            bindings=named,
            near=near,
            because=because,
            length=len(checked.rule.body),
        )

    def _search(
        self, walk: Walk, pairs: list[tuple[CoreItem, BodyItem]], held: list[str], bindings: dict[str, Any],
        head: Mapping[int, Any],
    ) -> bool:  # fmt: skip
        """Depth first over all bindings; True stops (solved, or out of steps)."""
        if not pairs:
            return _head_agrees(walk.rule.head, head, bindings)
        position = self._next(pairs, bindings)
        if position is None:
            return False
        item, origin = pairs[position]
        rest = [pair for i, pair in enumerate(pairs) if i != position]
        any_row = False
        for extended in self._solutions(item, origin, bindings):
            self._steps += 1
            any_row = True
            shown = [*held, write_item(origin, extended)] if not _is_generated(origin) else held
            if self._steps > STEPS or self._search(walk, rest, shown, extended, head):
                return True
        if not any_row:
            walk.reach(held, bindings, item, origin)
        return False

    def _next(self, pairs: Sequence[tuple[CoreItem, BodyItem]], bindings: Mapping[str, Any]) -> int | None:
        """The first item that can be decided, tests before what branches."""
        branching: int | None = None
        for position, (item, origin) in enumerate(pairs):
            if isinstance(item, Literal) and not item.negated and isinstance(origin, Literal):
                if branching is None and self._can_ask(item.atom, bindings):
                    branching = position
            elif self._decidable(item, bindings):
                return position
        return branching

    def _can_ask(self, atom: Atom, bindings: Mapping[str, Any]) -> bool:
        columns = tuple(i for i, term in enumerate(atom.terms) if variables_of((term,)) <= bindings.keys())
        return self.engine.solver.can_call(atom.predicate, columns)

    def _decidable(self, item: CoreItem, bindings: Mapping[str, Any]) -> bool:
        known = set(bindings)
        if isinstance(item, Comparison):
            return variables_of((item.left, item.right)) <= known or assigned(item, known) is not None
        if isinstance(item, (Total, Fold)):
            return variables_of(item.groups) <= known
        if item.negated:
            named = (t for t in item.atom.terms if not (isinstance(t, Var) and t.is_wildcard))
            return variables_of(named) <= known
        return variables_of(item.atom.terms[:-1]) <= known

    def _solutions(
        self, item: CoreItem, origin: BodyItem, bindings: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        try:
            if isinstance(origin, Comparison):
                yield from _compare(origin, bindings)
            elif isinstance(origin, Aggregate):
                yield from self._aggregate(item, origin, bindings)
            elif origin.negated:
                if not matches(self.engine, origin.atom, bindings):
                    yield bindings
            else:
                for _, extended in sorted(
                    matches(self.engine, origin.atom, bindings), key=lambda pair: str(pair[0])
                ):
                    yield extended
        except Fault:
            return

    def _aggregate(
        self, item: CoreItem, origin: Aggregate, bindings: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        groups = group_variables(item, origin)
        inputs = aggregate_inputs(self.engine, origin, bindings, groups)
        value = aggregate_value(origin, inputs, {n: v for n, v in bindings.items() if n in groups})
        if value is None or (not inputs and not isinstance(item, (Total, Fold))):
            return
        if isinstance(origin.result, Var) and origin.result.name not in bindings:
            yield {**bindings, origin.result.name: value}
        elif canonical(evaluate(origin.result, bindings)) == value:
            yield bindings

    def _reason(
        self, item: CoreItem, origin: BodyItem, bindings: Mapping[str, Any], depth: int
    ) -> tuple[str, tuple[str, ...], Proof | Refusal | None]:
        written = write_item(origin, bindings)
        if isinstance(origin, Comparison):
            used = variables_of((origin.left, origin.right))
            values = write_bindings({name: value for name, value in bindings.items() if name in used})
            return f"{written} fails" + (f" ({values})" if values else ""), (), None
        if isinstance(origin, Aggregate):
            groups = group_variables(item, origin)
            inputs = aggregate_inputs(self.engine, origin, bindings, groups)
            value = aggregate_value(origin, inputs, {n: v for n, v in bindings.items() if n in groups})
            has = "has no value" if value is None or not inputs else f"is {write_value(value)}"
            return f"{written} fails: over {len(inputs)} rows it {has}", (), None
        if origin.atom.predicate == CLOCK:
            return f"{written} fails: the clock is not set", (), None
        if origin.negated:
            return self._present(origin, bindings)
        return self._missing(origin, bindings, written, depth)

    def _present(
        self, origin: Literal, bindings: Mapping[str, Any]
    ) -> tuple[str, tuple[str, ...], Proof | Refusal | None]:
        name = origin.atom.predicate
        row = min((found for found, _ in matches(self.engine, origin.atom, bindings)), key=str)
        return f"{write_item(origin, bindings)} fails", (), Prover(self.engine).prove(name, row)

    def _missing(
        self, origin: Literal, bindings: Mapping[str, Any], written: str, depth: int
    ) -> tuple[str, tuple[str, ...], Proof | Refusal | None]:
        atom = origin.atom
        known = known_values(atom, bindings)
        pattern = tuple(known.get(i, ANY) for i in range(atom.arity))
        derived = bool(self.instances.rules(atom.predicate))
        because = None
        if derived and depth > 0 and (atom.predicate, pattern) not in self._open:
            because = self._refuse(atom.predicate, pattern, depth - 1)
        near = () if derived else self._near(atom, known)
        return f"{written} does not hold", near, because

    def _near(self, atom: Atom, known: Mapping[int, Any]) -> tuple[str, ...]:
        """Rows that would match if one constant of the literal were another."""
        found: list[Row] = []
        for position, term in enumerate(atom.terms):
            if isinstance(term, Const) and len(known) > 1:
                wanted = {column: value for column, value in known.items() if column != position}
                found.extend(sorted_rows(rows_of(self.engine, atom.predicate, wanted))[:NEAR])
        return tuple(f"{atom.predicate}({', '.join(map(write_value, row))})" for row in found[:NEAR])


def _unify(head: Atom, values: Mapping[int, Any]) -> dict[str, Any] | None:
    """Bindings the goal gives to the head's variables; None if the head cannot be the goal."""
    bindings: dict[str, Any] = {}
    for position, value in values.items():
        term = head.terms[position]
        if isinstance(term, Const):
            if term.value != value:
                return None
        elif isinstance(term, Var) and bindings.setdefault(term.name, value) != value:
            return None
    return bindings


def _head_agrees(head: Atom, values: Mapping[int, Any], bindings: Mapping[str, Any]) -> bool:
    try:
        return all(canonical(evaluate(head.terms[i], dict(bindings))) == value for i, value in values.items())
    except Fault:
        return False


def _compare(item: Comparison, bindings: dict[str, Any]) -> Iterator[dict[str, Any]]:
    found = assigned(item, set(bindings))
    if found is not None:
        yield {**bindings, found[0].name: canonical(evaluate(found[1], bindings))}
    elif comparison_holds(item, bindings):
        yield bindings


def _is_generated(item: BodyItem) -> bool:
    return isinstance(item, Comparison) and any(
        "E#" in getattr(s, "name", "") for s in (item.left, item.right)
    )
