"""What is kept beside a relation and derived from its rows: told of every change, brought up to date when
asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from datalox.terms import Row

if TYPE_CHECKING:
    from datalox.store.relation import Relation

PATIENCE = 1024
"""Changes that wait at least before the whole is given up."""


class Follower:
    """Follows the rows of `relation`: changes are noted as they happen (rolled back ones too, so they cancel
    out) and worked in by `settle`. One that is not asked while about all changes is dropped."""

    __slots__ = ("_changes", "_limit", "_waiting", "relation")

    def __init__(self, relation: Relation) -> None:
        self.relation = relation
        self._changes: list[tuple[tuple[Row, ...], tuple[Row, ...]]] = []
        self._waiting = 0
        self._limit = -1
        """-1: nothing is kept, the relation does not know of us"""

    def note(self, added: Collection[Row], removed: Collection[Row]) -> None:
        """Rows came and went."""
        self._changes.append((tuple(added), tuple(removed)))
        self._waiting += len(added) + len(removed)
        if self._waiting > self._limit:
            self.let_go()

    def let_go(self) -> None:
        """Keep nothing; the next question builds it anew."""
        self.relation.followers = tuple(other for other in self.relation.followers if other is not self)
        self._limit = -1
        self._changes.clear()
        self._waiting = 0
        self.empty()

    def settle(self) -> None:
        """Be true for the rows as they are now."""
        if self._limit < 0:
            self._begin()
        elif len(self._changes) == 1:
            added, removed = self._changes.pop()
            self._waiting = 0
            self.change(added, removed)
        elif self._changes:
            self._catch_up()

    def _begin(self) -> None:
        relation = self.relation
        self.change(list(relation), ())
        self._limit = max(PATIENCE, len(relation) // 2)
        relation.followers = (*relation.followers, self)

    def _catch_up(self) -> None:
        net: dict[Row, int] = {}
        for added, removed in self._changes:
            for row in removed:
                net[row] = net.get(row, 0) - 1
            for row in added:
                net[row] = net.get(row, 0) + 1
        self._changes.clear()
        self._waiting = 0
        self._limit = max(PATIENCE, len(self.relation) // 2)
        self.change(
            [row for row, change in net.items() if change > 0],
            [row for row, change in net.items() if change < 0],
        )

    def change(self, added: Iterable[Row], removed: Iterable[Row]) -> None:
        """Rows that are not here come, rows that are here go."""
        raise NotImplementedError

    def empty(self) -> None:
        """Forget everything."""
        raise NotImplementedError
