"""Proofs checked by the oracle: every step follows from the rule it names and from what is below it."""

from __future__ import annotations

from oracle.naive import Naive, Row, unify

from datalox import Proof
from datalox.program import Program
from datalox.terms import Aggregate, Literal, Rule

Fact = tuple[str, Row]


def faults(proof: Proof, program: Program, asserted: set[Fact], oracle: Naive) -> list[str]:
    """What is wrong with a proof of one module's program; nothing is what one hopes for."""
    written = {
        (fact.atom.predicate, tuple(term.value for term in fact.atom.terms))  # type: ignore[union-attr]
        for fact in program.facts
    }
    return list(_Checker(program, asserted | written, oracle).check(proof, ()))


class _Checker:
    def __init__(self, program: Program, asserted: set[Fact], oracle: Naive) -> None:
        self.program = program
        self.asserted = asserted
        self.oracle = oracle

    def check(self, proof: Proof, above: tuple[Fact, ...]) -> list[str]:
        own = (proof.predicate, proof.row)
        if proof.kind == "fact":
            return [] if own in self.asserted else [f"{proof.statement} was never asserted"]
        found: list[str] = []
        if proof.kind == "rule":
            if own in above:
                return [f"{proof.statement} rests on itself"]
            above = (*above, own)
            found = self._rule(proof, self.program.rules[proof.number - 1])
        elif proof.kind == "clock" and proof.row not in self.oracle.state["now"]:
            found = [f"{proof.statement}, but the clock says {self.oracle.state['now']}"]
        return found + [fault for child in proof.children for fault in self.check(child, above)]

    def _rule(self, proof: Proof, rule: Rule) -> list[str]:
        if rule.head.predicate != proof.predicate:
            return [f"{proof.statement} is no head of {rule}"]
        env = unify(rule.head, proof.row)
        if env is None:
            return [f"{proof.statement} is no instance of {rule}"]
        given = {**env, **{name: value for name, value in proof.bindings.items() if name in str(rule)}}
        over_rest = any(isinstance(item, Aggregate) and item.goal is None for item in rule.body)
        if proof.row not in set(self.oracle.derive(rule, env if over_rest else given, {})):
            return [f"{proof.statement} does not follow from {rule} with {proof.bindings}"]
        below = [child.predicate for child in proof.children if child.kind in ("fact", "rule", "clock")]
        missing = [
            item.atom.predicate
            for item in rule.body
            if isinstance(item, Literal) and not item.negated and not over_rest
            and item.atom.predicate not in below
        ]  # fmt: skip
        return [f"{proof.statement}: {name} is not shown" for name in missing]
