"""Groups of candidates that fail for one reason, as data and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any, Final

from datalox.explain.classes import Class
from datalox.explain.edits import Found, Repair
from datalox.explain.instances import source_of
from datalox.explain.progress import Stop
from datalox.explain.proof import plain, write_bindings
from datalox.explain.wording import write_atom, write_item, write_value
from datalox.plan.core import CoreRule
from datalox.session.engine import ANY
from datalox.store.ordering import row_key
from datalox.terms import Aggregate, Atom, Comparison, Const, Literal, Row

EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Group:
    """`count` candidates that fail for one reason.

    `path`: the derived literals that do not hold, from the goal down; `reason`: what fails below them. Values
    that the members share stand in both, others are named by their variables. `rule`, `rule_text` and
    `comment` are of the rule it fails in; `because` of the one by which a negated literal holds.
    `examples`: the nearest first, which lacks `gap` where a comparison of numbers fails; `values`: least and
    greatest of each number compared. `found`: what would make the nearest one hold.
    """

    count: int
    path: tuple[str, ...]
    reason: str
    rule: str
    rule_text: str
    comment: str
    because: Mapping[str, Any] | None = None
    values: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    examples: tuple[Row, ...] = ()
    gap: float | None = None
    found: Found | None = None

    @property
    def nearest(self) -> Row:
        return self.examples[0]

    @property
    def repairs(self) -> tuple[Repair, ...]:
        return self.found.repairs if self.found is not None else ()

    def __repr__(self) -> str:
        return f"<{self.count}: {self.reason}>"

    def json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {
            "count": self.count, "path": list(self.path), "reason": self.reason, "rule": self.rule,
            "text": self.rule_text, "comment": self.comment, "because": self.because,
            "values": {name: list(span) for name, span in self.values.items()},
            "examples": [plain(row) for row in self.examples], "gap": self.gap,
            "repairs": [repair.json() for repair in self.repairs],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grouping:
    """All candidates of a goal: `looked` at of `candidates`; `holding` of them hold, `held` are some of
    those; the others by reason, the largest group first. `rest` are in groups that are not told."""

    candidates: int
    looked: int
    holding: int
    held: tuple[Row, ...]
    groups: tuple[Group, ...]
    rest: int = 0

    def json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {
            "candidates": self.candidates, "looked": self.looked, "holding": self.holding,
            "held": [plain(row) for row in self.held], "groups": [group.json() for group in self.groups],
            "rest": self.rest,
        }  # fmt: skip


def group_of(found: Class) -> Group:
    """What is told of a class."""
    nearest = nsmallest(EXAMPLES, found.members, key=lambda member: (member[0], row_key(member[1])))
    stops = found.first.stops
    path = tuple(
        write_item(stop.failed.origin, shared)
        for stop, shared in zip(stops[:-1], found.common, strict=False)
        if stop.failed is not None
    )
    rule, text, comment = _source(stops[-1].progress.rule) if stops else ("", "", "")
    return Group(
        count=len(found.members),
        path=path,
        reason=_reason(found),
        rule=rule,
        rule_text=text,
        comment=comment,
        because=_because(found),
        values=found.ranges,
        examples=tuple(row for _, row in nearest),
        gap=nearest[0][0] if found.first.gap is not None else None,
    )


def _source(rule: CoreRule) -> tuple[str, str, str]:
    checked = source_of(rule)
    span = checked.rule.span
    place = f"{span.file}:{span.line}" if span is not None else checked.module
    return place, checked.rule.text, checked.rule.comment


def _because(found: Class) -> dict[str, Any] | None:
    met = found.first.met
    if met is None or met.rule is None:
        return None
    rule, text, comment = _source(met.rule)
    bindings = {name: plain(value) for name, value in found.met.items()}
    statement = write_atom(met.rule.head, found.met)
    return {"statement": statement, "rule": rule, "text": text, "comment": comment, "bindings": bindings}


def _reason(found: Class) -> str:
    if not found.first.stops:
        return "no rule derives it"
    last, shared = found.first.stops[-1], found.common[-1]
    turn = last.failed
    if turn is None:
        return "nothing binds what the rest of the body needs"
    if turn.is_generated:
        return "a computed value does not fit"
    written = write_item(turn.origin, shared)
    if isinstance(turn.origin, (Comparison, Aggregate)):
        spans = ", ".join(_spans(found))
        return f"{written} fails" + (f" ({spans})" if spans else "")
    if turn.origin.negated:
        return f"{written} fails{_met(found)}"
    near = _near(turn.origin, last, found)
    return f"{written} does not hold" + (f" (there is {near})" if near else "")


def _spans(found: Class) -> Iterator[str]:
    for name, (low, high) in sorted(found.ranges.items()):
        if "#" not in name:
            span = write_value(low) if low == high else f"{write_value(low)} to {write_value(high)}"
            yield f"{name}={span}" if low == high else f"{name} is {span}"


def _met(found: Class) -> str:
    met = found.first.met
    if met is None or met.rule is None:
        return ""
    comment = source_of(met.rule).rule.comment
    values = write_bindings(found.met)
    return f": {comment or write_atom(met.rule.head, found.met)}" + (f" ({values})" if values else "")


def _near(origin: Literal, stop: Stop, found: Class) -> str:
    """The row there is instead, its own values named by their variables."""
    near = found.first.near
    if not near:
        return ""
    terms = tuple(
        term if value is ANY else Const(value) for term, value in zip(origin.atom.terms, near, strict=True)
    )
    return write_atom(Atom(origin.atom.predicate, terms), found.common[-1])
