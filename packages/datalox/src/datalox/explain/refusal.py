"""Refusals: per rule, how far the body got and what failed first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from datalox.explain.edits import Found, Repair
from datalox.explain.grouping import Group, Grouping
from datalox.explain.proof import Proof, plain
from datalox.explain.rendering import render
from datalox.session.engine import ANY
from datalox.terms import Row


@dataclass(frozen=True, slots=True)
class RuleRefusal:
    """One rule that did not derive the goal.

    satisfied: the body items that held, with their values; failed: the first that did not; reason: why,
    with values.
    near: rows that differ from the failed literal in one constant. because: the proof of a negated literal,
    or the refusal of a derived one. `progress` counts satisfied items of `length`.
    """

    rule: str
    rule_text: str
    comment: str
    satisfied: tuple[str, ...]
    failed: str
    reason: str
    bindings: Mapping[str, Any] = field(default_factory=dict)
    near: tuple[str, ...] = ()
    because: Proof | Refusal | None = None
    length: int = 0

    @property
    def progress(self) -> int:
        return len(self.satisfied)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no row matches `goal`. `holds` is true if one does after all; `rules` come deepest progress
    first.

    `found` has the repairs and how they were sought, None where they were not. `grouping` sorts the
    candidates of a goal with open columns by the reason for which they fail.
    """

    goal: str
    predicate: str
    pattern: Row
    holds: bool = False
    rules: tuple[RuleRefusal, ...] = ()
    note: str = ""
    found: Found | None = None
    grouping: Grouping | None = None

    @property
    def groups(self) -> tuple[Group, ...]:
        """Candidates that fail for one reason each, the largest group first."""
        return self.grouping.groups if self.grouping is not None else ()

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """What would make it true, cheapest first."""
        return self.found.repairs if self.found is not None else ()

    def text(self) -> str:
        """The whole refusal, indented."""
        return render(self.json())

    def json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {
            "goal": self.goal,
            "pattern": [None if value is ANY else plain(value) for value in self.pattern],
            "holds": self.holds,
            "note": self.note,
            "rules": [_rule_json(r) for r in self.rules],
            "repairs": [repair.json() for repair in self.repairs],
            "grouping": self.grouping.json() if self.grouping is not None else None,
            "search": self.found.json() if self.found is not None else None,
        }

    def __repr__(self) -> str:
        return f"<{self.goal} {'holds' if self.holds else 'does not hold'}>"

    def __str__(self) -> str:
        return self.text()


def _rule_json(rule: RuleRefusal) -> dict[str, Any]:
    return {
        "rule": rule.rule,
        "text": rule.rule_text,
        "comment": rule.comment,
        "satisfied": list(rule.satisfied),
        "failed": rule.failed,
        "reason": rule.reason,
        "bindings": {name: plain(value) for name, value in rule.bindings.items() if "#" not in name},
        "near": list(rule.near),
        "because": rule.because.json() if rule.because is not None else None,
        "progress": rule.progress,
        "length": rule.length,
    }
