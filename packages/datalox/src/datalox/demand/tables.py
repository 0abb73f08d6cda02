"""Recursive demand goals, solved together to a fixpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from datalox.maintain.network import Network
from datalox.terms import Row


class Solvable(Protocol):
    """A goal with the generators that answer it."""

    @property
    def name(self) -> str: ...
    @property
    def computes(self) -> bool: ...
    def functions(self) -> Sequence[Callable[..., Iterable[Row]]]: ...


class Tables:
    """Answers of the recursive goals of one component while one of them is being solved, filled to a
    fixpoint."""

    __slots__ = ("_network", "_open", "_tables")

    def __init__(self, network: Network) -> None:
        self._network = network
        self._tables: dict[tuple[Solvable, Row], dict[Row, None]] = {}
        self._open = False

    def answers(self, goal: Solvable, arguments: Row) -> Sequence[Row]:
        key = (goal, arguments)
        table = self._tables.get(key)
        if table is None:
            table = self._tables[key] = {}
        if not self._open:
            self._saturate()
            rows = list(table)
            self._tables.clear()
            return rows
        return list(table)

    def _saturate(self) -> None:
        self._open = True
        try:
            while self._round():
                pass
        except BaseException:
            self._tables.clear()
            raise
        finally:
            self._open = False

    def _round(self) -> bool:
        """Solve every goal seen so far once more; whether that found a new answer or a new goal."""
        before = known = len(self._tables)
        grew = False
        for (goal, arguments), table in list(self._tables.items()):
            for function in goal.functions():
                new = [row for row in function(*arguments) if row not in table]
                if new:
                    grew = True
                    self._network.meter.count_recursive(len(new), goal.name, goal.computes)
                    table.update(dict.fromkeys(new))
            asked = len(self._tables)
            if asked > known:
                self._network.meter.count_recursive(asked - known, goal.name, goal.computes)
                known = asked
        return grew or len(self._tables) > before
