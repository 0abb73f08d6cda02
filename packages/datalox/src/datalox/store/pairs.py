"""A relation of pairs kept as one set of numbers per value, and what looks like rows, indexes and sets of
rows to everyone who reads it. Rows are made when somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from itertools import chain, repeat
from typing import Any, overload

from datalox.store.bits import EMPTY, Bits, bits_of, holds, minus, numbers, pick, size, union
from datalox.store.index import Index
from datalox.store.numbering import Numbering, Table, value_at
from datalox.store.relation import Relation
from datalox.terms import Row

Lines = Mapping[int, Bits]
"""number of one side -> the numbers of the other side, never empty."""


def _rows(line: Bits, value: Any, table: Table, forward: bool) -> Iterator[Row]:
    """The pairs of one value with those of its line; the value first if `forward`."""
    others = pick(line, table)
    return zip(repeat(value), others) if forward else zip(others, repeat(value))


def _all_rows(lines: Lines, table: Table, forward: bool) -> Iterator[Row]:
    return chain.from_iterable(
        _rows(line, value_at(table, number), table, forward) for number, line in lines.items()
    )


class PairSet(Set[Row]):
    """Pairs that appeared or vanished: a set that is made of rows only when somebody looks for one."""

    __slots__ = ("_forward", "_found", "_size", "_table", "lines")

    def __init__(self, lines: Lines, table: Table, forward: bool) -> None:
        self.lines = lines
        self._table = table
        self._forward = forward
        self._size = sum(map(size, lines.values()))
        self._found: set[Row] | None = None

    @classmethod
    def _from_iterable(cls, it: Iterable[Row]) -> set[Row]:  # type: ignore[override]
        return set(it)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Row]:
        return _all_rows(self.lines, self._table, self._forward)

    def __contains__(self, row: object) -> bool:
        if self._found is None:
            self._found = set(self)
        return row in self._found

    def __repr__(self) -> str:
        return repr(set(self))


class Line(Collection[Row]):
    """The pairs of one value, as a bucket of an index."""

    __slots__ = ("_forward", "_line", "_table", "_value")

    def __init__(self, line: Bits, value: Any, table: Table, forward: bool) -> None:
        self._line = line
        self._value = value
        self._table = table
        self._forward = forward

    def __len__(self) -> int:
        return size(self._line)

    def __iter__(self) -> Iterator[Row]:
        return _rows(self._line, self._value, self._table, self._forward)

    def __contains__(self, row: object) -> bool:
        return row in set(self)


class PairRows(Collection[Row]):
    """All pairs of a relation, as they are now."""

    __slots__ = ("_relation",)

    def __init__(self, relation: PairRelation) -> None:
        self._relation = relation

    def __len__(self) -> int:
        return self._relation.size

    def __iter__(self) -> Iterator[Row]:
        relation = self._relation
        return _all_rows(relation.lines, relation.numbering.table, relation.forward)

    def __contains__(self, row: object) -> bool:
        relation = self._relation
        start, target = row if relation.forward else row[::-1]  # type: ignore[index, misc]
        find = relation.numbering.numbers.get
        number, other = find(start), find(target)
        return number is not None and other is not None and holds(relation.lines.get(number, EMPTY), other)


class LineIndex:
    """Pairs by the value of one column: an index, and its own buckets."""

    __slots__ = ("_forward", "_relation", "_starts", "buckets")

    def __init__(self, relation: PairRelation, column: int) -> None:
        self._relation = relation
        self._forward = column == 0
        self._starts = relation.forward == self._forward
        self.buckets = self

    def _lines(self) -> Lines:
        return self._relation.lines if self._starts else self._relation.columns()

    def __len__(self) -> int:
        return len(self._lines())

    def __contains__(self, value: object) -> bool:
        return self._relation.numbering.numbers.get(value) in self._lines()

    @overload
    def get(self, value: Any, default: None = None, /) -> Line | None: ...
    @overload
    def get(self, value: Any, default: Collection[Row], /) -> Collection[Row]: ...
    def get(self, value: Any, default: Collection[Row] | None = None, /) -> Collection[Row] | None:
        """The pairs of a value, or `default`."""
        numbering = self._relation.numbering
        line = self._lines().get(numbering.numbers.get(value, -1))
        return default if line is None else Line(line, value, numbering.table, self._forward)


class PairRelation(Relation):
    """`lines` are the closure's own sets, by the column that it starts from: the first if `forward`. They
    change before the relation does; `flip` tells that they have."""

    __slots__ = ("_columns", "_sides", "forward", "lines", "numbering", "size")

    def __init__(self, name: str, lines: Lines, numbering: Numbering, forward: bool) -> None:
        super().__init__(name, 2)
        self.lines = lines
        self.numbering = numbering
        self.forward = forward
        self.size = 0
        self.rows = PairRows(self)  # type: ignore[assignment]
        self._sides: dict[tuple[int, ...], LineIndex] = {(side,): LineIndex(self, side) for side in (0, 1)}
        self._columns: dict[int, Bits] | None = None

    def index(self, columns: tuple[int, ...]) -> Index:
        return self._sides[columns]

    def columns(self) -> Lines:
        """number of the side that steps lead to -> the numbers it is reached from."""
        if self._columns is None:
            self._columns = {}
            _turn(self.lines, self._columns, union)
        return self._columns

    def flip(self, appeared: PairSet, vanished: PairSet) -> None:
        """The lines have changed by these pairs."""
        self.size += len(appeared) - len(vanished)
        if self._columns is not None:
            _turn(vanished.lines, self._columns, minus)
            _turn(appeared.lines, self._columns, union)
        self._tell(appeared, vanished, self.size)

    def fanout(self, columns: tuple[int, ...]) -> float:
        if len(columns) != 1 or not self.size:
            return super().fanout(columns)
        starts = (columns[0] == 0) == self.forward
        return self.size / (len(self.lines) if starts else max(1, len(self.numbering.numbers)))


def _turn(lines: Lines, columns: dict[int, Bits], change: Callable[[Bits, Bits], Bits]) -> None:
    """Change the sets of the other side by the pairs of `lines`. Starts with the same line go together."""
    alike: dict[frozenset[tuple[int, int]], list[int]] = {}
    for number, line in lines.items():
        alike.setdefault(frozenset(line.items()), []).append(number)
    for shared, starts in alike.items():
        turned = bits_of(starts)
        for number in numbers(dict(shared)):
            changed = change(columns.get(number, EMPTY), turned)
            if changed:
                columns[number] = changed
            else:
                del columns[number]
