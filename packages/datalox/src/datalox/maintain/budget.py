"""Limits on what one transaction or query may do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from typing import Any, NoReturn

from datalox.diagnostics import DatalogError, Diagnostic


@dataclass(frozen=True, slots=True)
class Budget:
    """derived: rows that may appear or vanish in one transaction; steps: rows that may be looked at,
    those found by their key aside; computed: rows that recursions may derive whose rules compute values,
    such as `p(X + 1) :- p(X)`, which nothing else ends.

    None means no limit (recursion alone still stops at ten million rows, or, where it is a closure of pairs,
    at ten million blocks of up to 2 048). A transaction that exceeds one
    is rolled back with a `budget` error.
    """

    derived: int | None = None
    steps: int | None = None
    computed: int | None = None


UNLIMITED = Budget()
RECURSION_LIMIT = 10_000_000
NEVER_ENDS = "raise the budget, or look for a rule that never ends"
TOO_WIDE = "bind more of the variables, or join on fewer rows"


class Meter:
    """What is left of a budget."""

    __slots__ = ("_computed", "_limits", "_recursive", "_seen", "_spent", "derived", "left", "used")

    def __init__(self, budget: Budget) -> None:
        self._limits = budget
        self.derived = budget.derived
        self.left: float = 0
        """Rows that may still be looked at: generated code takes from it, and stops below 0."""
        self.used = True
        """Whether something may have been spent since `reset`."""
        self.reset()

    def reset(self) -> None:
        """A transaction or a query begins."""
        self._spent = self._seen = self._recursive = self._computed = 0
        self.left = inf if self._limits.steps is None else self._limits.steps
        self.used = self._limits != UNLIMITED

    @property
    def budget(self) -> Budget:
        """What may be done."""
        return self._limits

    def counts_steps(self) -> bool:
        """Whether transactions, too, are limited in the rows they look at."""
        return self._limits.steps is not None

    @contextmanager
    def limited(self, budget: Budget) -> Iterator[None]:
        """One question has a budget of its own, and leaves the one around it as it was."""
        kept = {name: getattr(self, name) for name in self.__slots__}
        self._limits, self.derived = budget, budget.derived
        seen = self._seen
        self.reset()
        self._seen = seen
        try:
            yield
        finally:
            for name, value in kept.items():
                setattr(self, name, value)

    def spend(self, rows: int) -> None:
        self.left -= rows
        if self.left < 0:
            self.stop()

    def stop(self) -> NoReturn:
        """Raises DatalogError (budget)."""
        raise exceeded("steps", self._limits.steps or 0, TOO_WIDE)

    def check_derived(self, journal: Sequence[tuple[Any, Any]]) -> None:
        """Count the rows that flipped since the last check."""
        for unit, record in journal[self._seen :]:
            if unit.counts_rows:
                self._count_derived(len(record[1]) + len(record[2]), unit.name)
        self._seen = len(journal)

    def rewind(self, length: int) -> None:
        """The journal was cut to `length`: what was undone is not counted again, what follows is."""
        self._seen = min(self._seen, length)

    def _count_derived(self, rows: int, name: str) -> None:
        self._spent += rows
        if self.derived is not None and self._spent > self.derived:
            raise exceeded("derived facts", self.derived, where=f"those of {name} were too many")

    def count_recursive(self, rows: int, rule: str, computes: bool) -> None:
        """Rows that `rule` derives inside a recursion, which nothing else bounds."""
        self.used = True
        self._recursive += rows
        limit = RECURSION_LIMIT if self.derived is None else self.derived
        if self._recursive > limit:
            raise exceeded("derived facts", limit, where=f"{rule} derives them")
        if computes and (most := self._limits.computed) is not None:
            self._computed += rows
            if self._computed > most:
                raise exceeded("facts computed by recursion", most, where=f"{rule} computes them")


def exceeded(what: str, limit: int, hint: str = NEVER_ENDS, where: str = "") -> DatalogError:
    message = f"more than {limit} {what}" + (f": {where}" if where else "")
    return DatalogError([Diagnostic("budget", message, hint)])
