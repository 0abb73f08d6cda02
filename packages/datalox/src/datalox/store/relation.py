"""Relations: rows with the number of their derivations, and the indexes that plans asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from datalox.store.follower import Follower
from datalox.store.index import MANY, HashIndex, Index, key_function
from datalox.terms import Row

SAMPLE = 256
UNKNOWN_ROWS = 1000.0


class Relation:
    """rows: row -> number of derivations (never 0).

    `key`: the columns that identify a row, where a declaration says so (see `KeyedRelation`).
    `moved` is called when the number of rows has changed tenfold since plans last looked at it; `followers`
    are told which rows come and go.
    """

    __slots__ = ("_high", "_low", "arity", "followers", "indexes", "key", "moved", "name", "rows")

    def __init__(self, name: str, arity: int) -> None:
        self.name = name
        self.arity = arity
        self.key: tuple[int, ...] = ()
        self.indexes: dict[tuple[int, ...], HashIndex] = {}
        self.moved: Callable[[Relation], None] | None = None
        self.followers: tuple[Follower, ...] = ()
        self.rows: dict[Row, int] = {}
        self._low = -1
        self._high = 100

    def all_rows(self) -> Collection[Row]:
        """Every row: to iterate over and to count, not to search."""
        return self.rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __contains__(self, row: Row) -> bool:
        return row in self.rows

    def index(self, columns: tuple[int, ...]) -> Index:
        """The index on `columns`, built from the rows if no plan needed it before."""
        found = self.indexes.get(columns)
        if found is None:
            found = self.indexes[columns] = HashIndex(columns, self.all_rows())
        return found

    def fanout(self, columns: tuple[int, ...]) -> float:
        """Expected rows per key of `columns`, from the live rows."""
        count = len(self)
        if not count:
            return UNKNOWN_ROWS / 10.0 ** len(columns)
        if not columns:
            return float(count)
        if len(set(columns)) == self.arity or (self.key and set(self.key) <= set(columns)):
            return 1.0
        found = self.indexes.get(columns)
        if found is not None:
            return count / max(1, len(found))
        key = key_function(columns)
        sample = [key(row) for row in islice(self, SAMPLE)]
        distinct = len(set(sample))
        return len(sample) / distinct if distinct * 2 > len(sample) else count / distinct

    def flips(self, delta: Mapping[Row, int]) -> tuple[list[Row], list[Row]]:
        """Which rows would appear and vanish if `delta` (row -> change of derivations) were merged."""
        if len(delta) >= MANY and self._only_new(delta):
            return list(delta), []
        get = self.rows.get
        plus: list[Row] = []
        minus: list[Row] = []
        for row, change in delta.items():
            if change:
                old = get(row, 0)
                if not old:
                    plus.append(row)
                elif old + change == 0:
                    minus.append(row)
        return plus, minus

    def _only_new(self, delta: Mapping[Row, int]) -> bool:
        """Whether `delta` is many rows, none of them here yet and each derived once: then sets do it."""
        return set(delta.values()) == {1} and self.rows.keys().isdisjoint(delta.keys())

    def merge(self, delta: Mapping[Row, int]) -> tuple[list[Row], list[Row]]:
        """Apply `delta` to the rows and their indexes; the rows that appeared and vanished."""
        rows = self.rows
        if len(delta) >= MANY and self._only_new(delta):
            rows.update(delta)
            fresh = list(delta)
            self._reindex(fresh, [])
            return fresh, []
        plus: list[Row] = []
        minus: list[Row] = []
        for row, change in delta.items():
            if change:
                old = rows.get(row, 0)
                new = old + change
                if new > 0:
                    rows[row] = new
                    if not old:
                        plus.append(row)
                elif new == 0:
                    del rows[row]
                    minus.append(row)
                else:
                    raise AssertionError(f"{self.name}{row}: {new} derivations")
        if plus or minus:
            self._reindex(plus, minus)
        return plus, minus

    def _reindex(self, plus: Sequence[Row], minus: Sequence[Row]) -> None:
        if len(plus) == 1 and len(minus) == 1:
            for index in self.indexes.values():
                index.swap(minus[0], plus[0])
        else:
            for index in self.indexes.values():
                index.change(plus, minus)
        self._tell(plus, minus, len(self.rows))

    def _tell(self, plus: Collection[Row], minus: Collection[Row], count: int) -> None:
        """Have followers, and planners, know what came and went; there are `count` rows now."""
        for follower in self.followers:
            follower.note(plus, minus)
        if not self._low <= count <= self._high:
            self._move(count)

    def _move(self, count: int) -> None:
        """Tell of a tenfold change of the number of rows; the next one is measured from here."""
        self._high = max(100, count * 10)
        self._low = count // 10 if count > 100 else -1
        if self.moved is not None:
            self.moved(self)

    def add(self, rows: Iterable[Row], rank: int) -> None:
        """Insert rows that are not there yet, each with `rank` in the place of a count (recursive
        components)."""
        fresh = list(rows)
        self.rows.update(dict.fromkeys(fresh, rank))
        self._reindex(fresh, [])

    def put(self, ranked: Mapping[Row, int]) -> None:
        """Insert rows that are not there yet, each with its own rank."""
        self.rows.update(ranked)
        self._reindex(list(ranked), [])

    def drop(self, gone: list[Row]) -> None:
        """Take out rows that are there, whatever their ranks."""
        rows = self.rows
        for row in gone:
            del rows[row]
        self._reindex([], gone)

    def clear(self) -> None:
        self.rows.clear()
        self._clear_indexes()

    def _clear_indexes(self) -> None:
        for index in self.indexes.values():
            index.clear()
        for follower in self.followers:
            follower.let_go()
