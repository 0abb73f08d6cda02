"""Proofs: trees that can be read, sent, and checked again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

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

    @property
    def height(self) -> int:
        """Rules on the longest path to a leaf."""
        own = 1 if self.kind == "rule" else 0
        return own + max((child.height for child in self.children), default=0)

    def steps(self) -> Iterator[Proof]:
        """This step and all below it, depth first."""
        yield self
        for child in self.children:
            yield from child.steps()

    def verify(self, db: Session) -> bool:
        """Whether every step still holds in the session, checked against the rules and the facts alone."""
        return db._verifier().verify(self)

    def text(self) -> str:
        """The tree, one step a line."""
        return "\n".join(self._lines(0))

    def _lines(self, depth: int) -> Iterator[str]:
        why = {
            "fact": "  [fact]",
            "rule": f"  [{self.rule}]" + (f"  % {self.comment}" if self.comment else ""),
            "negation": "  [nothing matches]",
            "aggregate": f"  [over {len(self.inputs)} rows]",
            "comparison": "",
            "clock": "  [clock]",
        }[self.kind]
        yield "  " * depth + self.statement + why
        for child in self.children:
            yield from child._lines(depth + 1)

    def json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`: symbols as their names."""
        found: dict[str, Any] = {"kind": self.kind, "statement": self.statement}
        if self.predicate:
            found |= {"predicate": self.predicate, "row": [plain(value) for value in self.row]}
        if self.kind == "rule":
            found |= {"rule": self.rule, "text": self.rule_text, "comment": self.comment}
            found["bindings"] = {name: plain(value) for name, value in self.bindings.items()}
        if self.inputs:
            found["inputs"] = [[plain(value) for value in row] for row in self.inputs]
        if self.children:
            found["children"] = [child.json() for child in self.children]
        return found

    def __str__(self) -> str:
        return self.text()


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
