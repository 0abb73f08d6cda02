"""What follows a relation agrees with its rows after any changes: sorted blocks with bounds, and postings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datalox.store import blocks, follower
from datalox.store.blocks import Blocks, Placed
from datalox.store.ordered import OrderedIndex
from datalox.store.posting import Posting
from datalox.store.relation import Relation
from datalox.terms import Row

SETTINGS = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ROWS = st.tuples(st.integers(0, 3), st.integers(0, 6), st.integers(0, 6))
CHANGES = st.lists(st.lists(st.tuples(st.booleans(), ROWS), max_size=40), max_size=6)


@pytest.fixture(autouse=True)
def _small_sizes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(blocks, "FULL", 4)
    monkeypatch.setattr(blocks, "SPARSE", 3)
    monkeypatch.setattr(follower, "PATIENCE", 10)
    return


def place(rows: Any) -> list[Placed]:
    """By the second column from the top; rows with 6 there are odd, those with 5 cannot be placed."""
    return [((), row, ()) if row[1] == 6 else ((-row[1],), row, (row[2],)) for row in rows if row[1] != 5]


def measure(rows: Any) -> tuple[int]:
    return (max(row[2] for row in rows),)


def play(relation: Relation, part: list[tuple[bool, Row]]) -> None:
    """One change after the other where they take turns, all together where they do not."""
    delta: dict[Row, int] = {}
    for comes, row in part:
        present = row in relation or delta.get(row, 0) > 0
        if comes and not present:
            delta[row] = 1
        elif not comes and row in relation and row not in delta:
            relation.merge({row: -1})
    relation.merge(delta)


def is_right(found: Blocks) -> bool:
    joined = [key for block in found.keys for key in block]
    tops = [max(row[2] for row in rows) for rows in found.rows]
    exact = [top for top, loose in zip(found.bounds[0], found.loose, strict=True) if not loose]
    return (
        joined == sorted(joined)
        and found.size == len(joined)
        and all(0 < len(block) <= 4 for block in found.keys)
        and [place(rows)[i][0] for rows in found.rows for i in range(len(rows))] == joined
        and all(bound >= top for bound, top in zip(found.bounds[0], tops, strict=True))
        and found.most[0] >= max(found.bounds[0])
        and (found.slack or found.most[0] == max(found.bounds[0]))
        and exact == [top for top, loose in zip(tops, found.loose, strict=True) if not loose]
    )


@SETTINGS
@given(CHANGES, st.sampled_from([(), (0,)]))
def test_an_ordered_index_holds_the_rows_in_order_with_bounds(
    changes: list[list[tuple[bool, Row]]], columns: tuple[int, ...]
) -> None:
    relation = Relation("r", 3)
    index = OrderedIndex(relation, columns, place, measure, 1)
    for number, part in enumerate(changes):
        play(relation, part)
        if number % 2 and len(changes) > 3:
            continue
        index.settle()
        placed = [row for row in relation if row[1] < 5]
        assert index.odd == sum(row[1] == 6 for row in relation)
        assert set(index.parts) == ({row[0] for row in placed} if columns else {()} if placed else set())
        for key, found in index.parts.items():
            assert is_right(found)
            assert sorted(row for rows in found.rows for row in rows) == sorted(
                row for row in placed if not columns or row[0] == key
            )
        for found in index.parts.values():
            found.tighten(len(found.rows) - 1)
            assert is_right(found)


@SETTINGS
@given(CHANGES, st.sampled_from([((1,), 0), ((), 2), ((2, 1), 0), ((0, 1), 2)]))
def test_a_posting_holds_the_values_beside_each_key(
    changes: list[list[tuple[bool, Row]]], shape: tuple[tuple[int, ...], int]
) -> None:
    columns, column = shape
    relation = Relation("r", 3)
    posting = Posting(relation, columns, column)
    for number, part in enumerate(changes):
        play(relation, part)
        if number == len(changes) - 2:
            relation.clear()
        posting.settle()
        keys = {tuple(row[i] for i in columns) for row in relation}
        for key in keys:
            expected = {row[column] for row in relation if tuple(row[i] for i in columns) == key}
            assert set(posting.of(key)) == expected
        assert not posting.of((9,) * len(columns)) or not columns


def test_who_is_not_asked_for_long_is_dropped_and_built_anew_when_asked() -> None:
    relation = Relation("r", 3)
    relation.merge({(0, number, 0): 1 for number in range(4)})
    posting = Posting(relation, (0,), 1)
    posting.settle()
    assert relation.followers == (posting,)
    for number in range(100, 111):
        relation.merge({(0, number, 0): 1})
    assert relation.followers == ()
    assert not posting.of((0,))
    posting.settle()
    assert len(posting.of((0,))) == 15
