"""Proofs: trees that can be read, sent, and checked again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from datalox.explain.rendering import render
from datalox.explain.wording import write_value
from datalox.terms import Row, Symbol

if TYPE_CHECKING:
    from datalox.session.session import Session

Kind = Literal["fact", "rule", "negation", "aggregate", "comparison", "clock"]


@dataclass(frozen=True, slots=True)
class Proof:
    """One step of a proof.

    kind: fact (asserted), rule (children: one per body item), negation (nothing matches), aggregate
    (`inputs` are the
    rows it ranges over), comparison, clock. `statement` is the step in Datalog. `rule` is `file:line`,
    `module` and
    `number` find the rule again, `bindings` are the values of its variables.
    """

    kind: Kind
    statement: str
    predicate: str = ""
    row: Row = ()
    module: str = ""
    number: int = 0
    rule: str = ""
    rule_text: str = ""
    comment: str = ""
    bindings: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Row, ...] = ()
    children: tuple[Proof, ...] = ()

    height: int = 0
    """Rules on the longest path to a leaf."""

    def steps(self) -> Iterator[Proof]:
        """This step and all below it, depth first."""
        return (step for _, step in self._walk())

    def _walk(self) -> Iterator[tuple[int, Proof]]:
        """(depth, step), without recursion: proofs can be as deep as data is long."""
        pending = [(0, self)]
        while pending:
            depth, step = pending.pop()
            yield depth, step
            pending.extend((depth + 1, child) for child in reversed(step.children))

    def verify(self, db: Session) -> bool:
        """Whether every step still holds in the session, checked against the rules and the facts alone."""
        return db._verifier().verify(self)

    def text(self) -> str:
        """The tree, indented: conclusions, rules with their place, words and text, and what they rest on."""
        return render(self.json())

    def json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`: symbols as their names."""
        order = list(self._walk())
        made: dict[int, dict[str, Any]] = {}
        for _, step in reversed(order):
            made[id(step)] = step._own_json() | (
                {"children": [made[id(child)] for child in step.children]} if step.children else {}
            )
        return made[id(self)]

    def _own_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"kind": self.kind, "statement": self.statement}
        if self.predicate:
            found |= {"predicate": self.predicate, "row": [plain(value) for value in self.row]}
        if self.kind == "rule":
            found |= {"rule": self.rule, "text": self.rule_text, "comment": self.comment}
            found["bindings"] = {name: plain(value) for name, value in self.bindings.items()}
        if self.inputs:
            found["inputs"] = [[plain(value) for value in row] for row in self.inputs]
        return found

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<{self.statement} by {self.rule or self.kind}>"


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    return value.name if isinstance(value, Symbol) else value


def write_bindings(bindings: Mapping[str, Any]) -> str:
    """`Free=6144, M=65536`"""
    return ", ".join(
        f"{name}={write_value(value)}" for name, value in sorted(bindings.items()) if "#" not in name
    )
