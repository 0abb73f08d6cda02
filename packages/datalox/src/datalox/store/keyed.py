"""Relations with a declared key: one dictionary, from the key to the row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeAlias

from datalox.store.index import MANY, Key, key_function
from datalox.store.relation import Relation
from datalox.terms import Row

Pending: TypeAlias = "Mapping[Key, Row | None]"


class KeyedRelation(Relation):
    """by_key: the value(s) of the key's columns -> the one row that has them. No derivations are counted:
    a row is there or not, and `rows` is not set."""

    __slots__ = ("by_key", "key_of")

    def __init__(self, name: str, arity: int, key: tuple[int, ...]) -> None:
        super().__init__(name, arity)
        del self.rows
        self.key = key
        self.key_of = key_function(key)
        self.by_key: dict[Key, Row] = {}

    def all_rows(self) -> Collection[Row]:
        return self.by_key.values()

    def __len__(self) -> int:
        return len(self.by_key)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.by_key.values())

    def __contains__(self, row: Row) -> bool:
        return self.by_key.get(self.key_of(row)) == row

    def differences(self, wanted: Pending) -> tuple[list[Row], list[Row]]:
        """Rows that would appear and vanish if each key had the wanted row (None: no row)."""
        by_key = self.by_key
        if len(wanted) >= MANY and by_key.keys().isdisjoint(wanted) and None not in wanted.values():
            return list(wanted.values()), []  # type: ignore[arg-type]
        plus: list[Row] = []
        minus: list[Row] = []
        for key, new in wanted.items():
            old = by_key.get(key)
            if old != new:
                if old is not None:
                    minus.append(old)
                if new is not None:
                    plus.append(new)
        return plus, minus

    def _reindex(self, plus: Sequence[Row], minus: Sequence[Row]) -> None:
        for index in self.indexes.values():
            index.change(plus, minus)
        self._tell(plus, minus, len(self.by_key))

    def change(self, plus: Sequence[Row], minus: Sequence[Row]) -> None:
        """Rows that are here go, then rows whose keys are free come."""
        by_key, key_of = self.by_key, self.key_of
        for row in minus:
            del by_key[key_of(row)]
        by_key.update(zip(map(key_of, plus), plus, strict=True))
        self._reindex(plus, minus)

    def reindex(self, gone: Row, come: Row) -> None:
        """One row has taken the place of another of the same key."""
        for index in self.indexes.values():
            index.swap(gone, come)
        for follower in self.followers:
            follower.note((come,), (gone,))

    def clear(self) -> None:
        self.by_key.clear()
        self._clear_indexes()
