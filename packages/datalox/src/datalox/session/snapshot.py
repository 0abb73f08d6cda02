"""Snapshots: the facts of a moment, to be asked from other threads while the session goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from datalox.maintain.budget import Budget
from datalox.program import Program
from datalox.session.asking import Asking, Question
from datalox.terms import Row

if TYPE_CHECKING:
    from datalox.session.session import Session

T = TypeVar("T")


class Snapshot(Asking):
    """What was asserted, the rules and the clock, as they were; it answers like a session and never changes.

    Taking one copies the references to what is asserted, about ten milliseconds a million, and derives
    nothing. The first question derives everything in a session of the snapshot's own, in the thread that
    asks; the threads that share a snapshot take turns.
    """

    __slots__ = ("_asserted", "_budget", "_build", "_lock", "_programs", "_session", "_texts", "now")

    def __init__(
        self,
        build: Callable[..., Session],
        programs: Sequence[Program],
        asserted: dict[str, tuple[Row, ...]],
        texts: frozenset[tuple[str, Row]],
        now: float | None,
        budget: Budget,
    ) -> None:
        self.now = now
        """What the clock read, None without one."""
        self._build = build
        self._programs = tuple(programs)
        self._asserted = asserted
        self._texts = texts
        self._budget = budget
        self._session: Session | None = None
        self._lock = Lock()

    def _asked(self, budget: Budget | None, question: Question[T]) -> T:
        with self._lock:
            if self._session is None:
                self._session = self._derived()
            return self._session._asked(budget, question)

    def _derived(self) -> Session:
        """Facts of texts that were taken back or gave way are no facts here either."""
        db = self._build(*self._programs, budget=self._budget)
        with db.transaction(now=self.now) as tx:
            for name, row in self._texts:
                if row not in self._asserted.get(name, ()):
                    tx.retract(name, *row)
            for name, rows in self._asserted.items():
                tx.assert_all(name, rows)
        return db

    def __repr__(self) -> str:
        facts = sum(map(len, self._asserted.values()))
        return f"<Snapshot of {len(self._programs)} modules, {facts} asserted facts>"
