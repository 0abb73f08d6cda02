"""Transactions: everything or nothing, reads see what was written, and the net change is known at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, overload

from datalox.diagnostics import DatalogError
from datalox.maintain.budget import Budget
from datalox.maintain.collector import paused
from datalox.program import Program
from datalox.session.asking import Asking, Question
from datalox.session.changes import Changes, Flips, net_changes, told
from datalox.session.door import Door, error
from datalox.session.modules import Modules
from datalox.values import admit

if TYPE_CHECKING:
    from datalox.session.session import Session

T = TypeVar("T")
Retraction = Literal["retracted", "absent", "derived"]


class Transaction(Asking):
    """A context manager: commits when the block ends, rolls back when it raises.

    Operations take effect one after the other; questions asked through it see the state so far.
    `what_if` transactions are always rolled back.
    """

    __slots__ = (
        "_changes",
        "_clock",
        "_db",
        "_doors",
        "_engine",
        "_flips",
        "_mark",
        "_now",
        "_open",
        "_what_if",
    )

    def __init__(self, db: Session, now: Any, what_if: bool) -> None:
        self._db = db
        self._now = now
        self._what_if = what_if
        self._changes: Changes = {}
        self._flips: list[Flips] | None = None
        """What a commit flipped: net changes are added up when somebody asks."""
        self._open = False

    def __enter__(self) -> Self:
        engine = self._engine = self._db._begin(self)
        network = engine.network
        self._doors = engine.doors
        self._mark = len(network.journal)
        self._clock = network.clock
        self._open = True
        if self._now is not None:
            try:
                self.set_now(self._now)
            except BaseException:
                self._roll_back()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._roll_back()
            return
        network = self._engine.network
        try:
            network.propagate()
        except BaseException:
            self._roll_back()
            raise
        if self._what_if:
            self._changes = net_changes(told(network.journal[self._mark :]))
            self._roll_back(failed=False)
        else:
            self._open = False
            self._flips = told(network.journal)
            self._db._committed(self)

    def _roll_back(self, failed: bool = True) -> None:
        self._open = False
        self._engine.network.roll_back(self._mark, self._clock, failed)
        self._db._rolled_back()

    def _door(self, predicate: str, arity: int) -> Door:
        if not self._open:
            raise self._closed()
        return self._doors.get(predicate) or self._engine.door(predicate, arity)

    def _closed(self) -> DatalogError:
        if self in self._db._open:
            return error("open-transaction", "a what_if inside this transaction is open", "end it first")
        return error("closed-transaction", "this transaction is over", "open another with db.transaction()")

    def assert_(self, predicate: str, *values: Any) -> None:
        """Assert a fact; one with the same declared key gives way. Asserting twice is the same as once."""
        door = self._door(predicate, len(values))
        row = door.row(values)
        if door.add(row):
            self._touch(door)
        texts = self._engine.texts
        if texts and (predicate, row) in texts:
            self._engine.also_asserted.add((predicate, row))

    def assert_all(self, predicate: str, rows: Iterable[Iterable[Any]]) -> None:
        """Assert many facts of one predicate. A row that is refused leaves all of them out."""
        with paused(0):
            given = list(map(tuple, rows))
            if not given:
                return
            door = self._door(predicate, len(given[0]))
            converted = list(map(door.row, given))
            door.add_all(converted)
        self._touch(door)
        texts = self._engine.texts
        if texts:
            self._engine.also_asserted.update(texts.intersection((predicate, row) for row in converted))

    def retract(self, predicate: str, *values: Any) -> Retraction:
        """Take an asserted fact back. A derived one stays ("derived"), an unknown one is "absent"."""
        door = self._door(predicate, len(values))
        row = door.row(values)
        if door.discard(row):
            self._touch(door)
            self._engine.also_asserted.discard((predicate, row))
            return "retracted"
        derived = door.derived
        return "derived" if derived is not None and row in derived.relation else "absent"

    @overload
    def replace(self, predicate: str, key: Any, row: Iterable[Any]) -> None: ...
    @overload
    def replace(self, predicate: str, key: Program) -> None: ...
    def replace(self, predicate: str, key: Any, row: Iterable[Any] | None = None) -> None:
        """Put `row` in the place of the row with the declared key `key` (a tuple; a bare value for one
        column). With a program alone: put it in the place of the module of that name."""
        if row is None:
            self._change_rules(lambda modules: modules.changed(predicate, key))
            return
        values = row if row.__class__ is tuple else tuple(row)
        door = self._doors.get(predicate) if self._open else None
        if door is None:
            door = self._door(predicate, len(values))
        if door.replace(key, values):
            base = door.base
            if not base.scheduled:
                self._engine.network.schedule(base)

    def load(self, program: Program) -> None:
        """Add a module. Refused, it leaves the transaction as it was; rolled back, it was never there."""
        self._change_rules(lambda modules: modules.plus([program]))

    def remove(self, name: str) -> None:
        """Take a module away, its facts included unless they were also asserted."""
        self._change_rules(lambda modules: modules.minus(name))

    def _change_rules(self, change: Callable[[Modules], Modules]) -> None:
        if not self._open:
            raise self._closed()
        self._engine = self._db._change_rules(change(self._engine.modules))
        self._doors = self._engine.doors

    def set_now(self, now: float | None) -> None:
        """Move the clock, forwards or backwards; None takes it away."""
        self._engine.network.set_clock(None if now is None else admit(now, "number"))

    def _touch(self, door: Door) -> None:
        base = door.base
        if not base.scheduled:
            self._engine.network.schedule(base)

    @property
    def changes(self) -> Changes:
        """predicate -> Change: the net difference so far, or of the whole transaction once it is over."""
        if self._open:
            self._engine.network.propagate()
            return net_changes(told(self._engine.network.journal[self._mark :]))
        if self._flips is not None:
            self._changes, self._flips = net_changes(self._flips), None
        return self._changes

    def _asked(self, budget: Budget | None, question: Question[T]) -> T:
        return self._db._asked(budget, question)
