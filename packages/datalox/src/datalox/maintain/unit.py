"""What a network is made of: units with a place in topological order that turn changes of others into
their own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol, TypeAlias

from datalox.terms import Row

Rows = Collection[Row]
Move: TypeAlias = "tuple[Timed, Row, Row, int]"
"""(timed rule, entry that went, entry that came, the state of both)"""


class Timed(Protocol):
    """A rule whose entries have a state in a timer."""

    def move_back(self, move: Move) -> None: ...


class Propagation(Protocol):
    """What a unit may do to the network while it is processed."""

    clock: Any
    journal: list[tuple[Unit, Any]]
    """What was done and how to undo it, unit by unit."""

    def schedule(self, unit: Unit) -> None: ...
    def log(self, unit: Unit, record: Any) -> None: ...


class Unit:
    """One step of propagation. `position` is its place in the order; it is processed after everything it
    reads."""

    __slots__ = ("delta", "position", "scheduled")
    name = ""
    visible = False
    """Whether what flips here is told to the outside; the log record is then (…, plus, minus)."""
    counts_rows = False
    """Whether the rows that flip here count against the budget of derived facts."""

    def __init__(self) -> None:
        self.delta: dict[Any, Any] = {}
        """What is pending, where the unit keeps rows: row -> change of its derivations, or key -> row."""
        self.position = -1
        self.scheduled = False

    def receive(self, source: str, plus: Rows, minus: Rows) -> None:
        """Rows of a relation this unit reads appeared and vanished."""
        raise NotImplementedError

    def process(self, network: Propagation) -> None:
        """Apply what is pending, log how to undo it, and hand on what changed."""
        raise NotImplementedError

    def forget(self) -> None:
        """Drop what is pending (a transaction failed)."""
        raise NotImplementedError

    def undo(self, record: Any) -> None:
        """Take one logged step back."""
        raise NotImplementedError
