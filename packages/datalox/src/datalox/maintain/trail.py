"""What a transaction did to the relations of a recursive component: enough to take it back, and to tell
what appeared and vanished."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from datalox.store.relation import Relation
from datalox.terms import Row


class Trail:
    """The rank each touched row had before (None: it was not there). Where all was empty, or is emptied by
    `begin_anew`, the trail is `whole`: untouched means it was not there."""

    __slots__ = ("_old", "_relations", "whole")

    def __init__(self, relations: Mapping[str, Relation]) -> None:
        self._relations = relations
        self._old: dict[str, dict[Row, int | None]] = {name: {} for name in relations}
        self.whole = not any(relation.rows for relation in relations.values())

    def begin_anew(self) -> None:
        """Empty every relation; what was there is remembered."""
        for name, relation in self._relations.items():
            self._old[name] = dict(relation.rows)
            relation.clear()
        self.whole = True

    def add(self, name: str, rows: list[Row], rank: int) -> None:
        if not self.whole:
            old = self._old[name]
            for row in rows:
                old.setdefault(row, None)
        self._relations[name].add(rows, rank)

    def lower(self, name: str, rows: list[Row]) -> None:
        """Give rows rank 1: they follow from outside the component alone."""
        if not rows:
            return
        old, ranks = self._old[name], self._relations[name].rows
        for row in rows:
            if not self.whole:
                old.setdefault(row, ranks[row])
            ranks[row] = 1

    def drop(self, name: str, gone: list[Row]) -> None:
        relation, old = self._relations[name], self._old[name]
        for row in gone:
            old.setdefault(row, relation.rows[row])
        relation.drop(gone)

    def flips(self, name: str) -> tuple[dict[Row, int], dict[Row, int]]:
        """(rows that appeared with their ranks, rows that vanished with the ranks they had). Where everything
        appeared, the former are the relation's own."""
        rows, old = self._relations[name].rows, self._old[name]
        if self.whole:
            plus = {row: rank for row, rank in rows.items() if row not in old} if old else rows
        else:
            plus = {row: rows[row] for row, before in old.items() if before is None and row in rows}
        minus = {row: before for row, before in old.items() if before is not None and row not in rows}
        return plus, minus

    def restore(self) -> None:
        """Put everything back, ranks included, wherever the rows are now."""
        for name, relation in self._relations.items():
            old, rows = self._old[name], relation.rows
            if self.whole:
                relation.drop([row for row in rows if row not in old])
            else:
                relation.drop(_present((row for row, before in old.items() if before is None), rows))
            earlier = {row: before for row, before in old.items() if before is not None}
            relation.put({row: before for row, before in earlier.items() if row not in rows})
            rows.update(earlier)


def _present(wanted: Iterable[Row], rows: Mapping[Row, int]) -> list[Row]:
    return [row for row in wanted if row in rows]
