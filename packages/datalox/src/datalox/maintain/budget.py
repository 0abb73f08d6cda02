"""Limits on what one transaction or query may do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from datalox.diagnostics import DatalogError, Diagnostic


@dataclass(frozen=True, slots=True)
class Budget:
    """derived: rows that may appear or vanish in one transaction; steps: rows that may be looked at.

    None means no limit (recursion alone still stops at ten million rows). A transaction that exceeds one
    is rolled back with a `budget` error.
    """

    derived: int | None = None
    steps: int | None = None


RECURSION_LIMIT = 10_000_000


class Meter:
    """What is left of a budget."""

    __slots__ = ("_budget", "_recursive", "_seen", "_spent", "_steps", "derived")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.derived = budget.derived
        self._steps = 0
        self._spent = 0
        self._seen = 0
        self._recursive = 0

    def reset(self) -> None:
        """A transaction or a query begins."""
        self._steps = self._spent = self._seen = self._recursive = 0

    def spender(self) -> Callable[[int], None] | None:
        """What generated code calls with the rows it reads; None if nobody limits that."""
        return self.spend if self._budget.steps is not None else None

    def spend(self, rows: int) -> None:
        self._steps += rows
        limit = self._budget.steps
        if limit is not None and self._steps > limit:
            raise exceeded("steps", limit)

    def check_derived(self, journal: Sequence[tuple[Any, Any]]) -> None:
        """Count the rows that flipped since the last check."""
        for unit, record in journal[self._seen :]:
            if unit.counts_rows:
                self.count_derived(len(record[1]) + len(record[2]))
        self._seen = len(journal)

    def count_derived(self, rows: int) -> None:
        self._spent += rows
        if self.derived is not None and self._spent > self.derived:
            raise exceeded("derived facts", self.derived)

    def count_recursive(self, rows: int) -> None:
        """Rows derived inside a recursion, which nothing else bounds."""
        self._recursive += rows
        limit = RECURSION_LIMIT if self.derived is None else self.derived
        if self._recursive > limit:
            raise exceeded("derived facts", limit)


def exceeded(what: str, limit: int) -> DatalogError:
    return DatalogError(
        [
            Diagnostic(
                "budget", f"more than {limit} {what}", "raise the budget, or look for a rule that never ends"
            )
        ]
    )
