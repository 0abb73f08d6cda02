"""Random streams of changes to what a random program reads: transactions, rehearsals, failures, the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from properties.programs import BASES, Written, programs

from datalox.terms import Symbol

Row = tuple[Any, ...]
SMALL: tuple[Any, ...] = (0, 1, 2, 3)
VALUES: tuple[Any, ...] = (*SMALL, *SMALL, 0.5, -1, Symbol("a"), Symbol("a"), Symbol("b"), "a")
MEASURES: tuple[Any, ...] = (*SMALL, *SMALL, 0.5, 2.5, -1)
INSTANTS = st.one_of(st.integers(-2, 9), st.sampled_from((0.5, 2.5, 3.75, 1000, -1000)), st.none())


@dataclass(frozen=True)
class Operation:
    """kind: assert, retract, replace (of a row of k), now, read."""

    kind: str
    name: str = ""
    row: Row = ()
    instant: Any = None

    def __str__(self) -> str:
        return f"now {self.instant}" if self.kind == "now" else f"{self.kind} {self.name}{self.row or ''}"


@dataclass(frozen=True)
class Step:
    """how: commit, rehearse (what_if), nest (a what_if within a what_if), fail (raise at the end)."""

    how: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class Scenario:
    program: Written
    steps: tuple[Step, ...]


def values_of(written: Written, name: str, place: int) -> tuple[Any, ...]:
    measured = written.declared and (name == "v" or (name == "k" and place == 1))
    return MEASURES if measured else VALUES


class Changes:
    """Draws the operations for one program."""

    def __init__(self, draw: st.DrawFn, written: Written) -> None:
        self.draw = draw
        self.written = written
        derived = {name: arity for name, arity in written.materialised.items() if name not in BASES}
        self.arities = {**BASES, **derived, **{name: len(modes) for name, modes in written.demand.items()}}
        self.derived = [*derived, *written.demand]

    def fact(self) -> tuple[str, Row]:
        """Mostly of a base predicate; sometimes one of a predicate that has rules as well."""
        draw = self.draw
        from_rules = self.derived and draw(st.integers(0, 9)) == 9
        name = draw(st.sampled_from(self.derived if from_rules else list(BASES)))
        values = [values_of(self.written, name, place) for place in range(self.arities[name])]
        if from_rules:
            values = [SMALL] * self.arities[name]
        return name, tuple(draw(st.sampled_from(choices)) for choices in values)

    def operation(self) -> Operation:
        draw = self.draw
        kind = draw(st.sampled_from(("assert",) * 5 + ("retract",) * 5 + ("replace", "now", "now", "read")))
        if kind == "now":
            return Operation(kind, instant=draw(INSTANTS))
        if kind == "read":
            return Operation(kind)
        name, row = self.fact()
        if kind == "replace":
            if not self.written.declared:
                return Operation("assert", name, row)
            row = tuple(draw(st.sampled_from(values_of(self.written, "k", place))) for place in (0, 1))
            return Operation(kind, "k", row)
        return Operation(kind, name, row)

    def step(self, size: int) -> Step:
        how = self.draw(st.sampled_from(("commit",) * 6 + ("rehearse", "nest", "fail")))
        return Step(how, tuple(self.operation() for _ in range(self.draw(st.integers(1, size)))))

    def start(self) -> Step:
        """A good part of the facts at once, and most often a clock."""
        facts = [Operation("assert", *self.fact()) for _ in range(self.draw(st.integers(0, 24)))]
        return Step("commit", (*facts, Operation("now", instant=self.draw(INSTANTS))))


@st.composite
def scenarios(draw: st.DrawFn, plain: bool = False, steps: int = 6, size: int = 7) -> Scenario:
    """A random program and what happens to it."""
    written = draw(programs(plain))
    changes = Changes(draw, written)
    rest = [changes.step(size) for _ in range(draw(st.integers(0, steps)))]
    return Scenario(written, (changes.start(), *rest))
