"""Many rows at once come in like one after the other, and small changes stay small."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from datalox import ANY, DatalogError, Program, Session, Transaction

RULES = """
.decl beat(n: text, at: int) key(n)
.decl node(n: text) key(n)
.decl e(a: int, b: int)
stale(N) :- beat(N, T), now(W), W - T > 30.
healthy(N) :- node(N), not stale(N).
count_of(K) :- count(N, healthy(N), K).
two(X, Z) :- e(X, Y), e(Y, Z).
"""


def filled(rows: int) -> Session:
    db = Session(Program.parse(RULES, "bulk.dl"))
    with db.transaction(now=100) as tx:
        tx.assert_all("node", ((f"n{number}",) for number in range(rows)))
        tx.assert_all("beat", ((f"n{number}", 90) for number in range(rows)))
    return db


def spent(db: Session, work: Callable[[Transaction], object]) -> tuple[int, int, int]:
    """calls, touched, read of one transaction."""
    before = db.stats()
    with db.transaction() as tx:
        work(tx)
    after = db.stats()
    return tuple(after[name] - before[name] for name in ("calls", "touched", "read"))  # type: ignore[return-value]


def test_rows_in_bulk_are_rows_one_by_one() -> None:
    pairs = [(number % 70, number * 7 % 90) for number in range(3000)]
    bulk, single = Session(Program.parse(RULES, "bulk.dl")), Session(Program.parse(RULES, "bulk.dl"))
    with bulk.transaction() as first:
        first.assert_("e", 1, 7)
        first.assert_all("e", pairs)
        first.assert_all("beat", [("a", 1), ("b", 2), ("a", 3)])
    with single.transaction() as second:
        for pair in [(1, 7), *pairs]:
            second.assert_("e", *pair)
        for row in [("a", 1), ("b", 2), ("a", 3)]:
            second.assert_("beat", *row)
    assert first.changes == second.changes
    assert [str(row[0]) for row in bulk.query("beat", ANY, 3)] == ["a"]


def test_a_bulk_load_costs_every_rule_one_call() -> None:
    small, large = filled(200), filled(2000)
    calls = {name: found["calls"] for name, found in small.stats()["rules"].items()}
    assert calls == {name: found["calls"] for name, found in large.stats()["rules"].items()}
    assert list(large.query("count_of", ANY)) == [(2000,)]


def test_one_bad_row_leaves_all_of_them_out() -> None:
    db = filled(3)
    with db.transaction() as tx:
        with pytest.raises(DatalogError):
            tx.assert_all("e", [(1, 2), (2, "three")])
        tx.assert_("e", 5, 6)
    assert list(db.query("e", ANY, ANY)) == [(5, 6)]


def test_the_garbage_collector_is_as_it_was() -> None:
    assert gc.isenabled()
    filled(3000)
    assert gc.isenabled()
    gc.disable()
    try:
        filled(3000)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_heartbeat_costs_the_same_however_it_is_written_and_however_many_nodes_there_are() -> None:
    costs = set()
    for nodes in (100, 3000):
        db = filled(nodes)
        spent(db, lambda tx: tx.replace("beat", "n1", ("n1", 91)))
        costs.add(spent(db, lambda tx: tx.replace("beat", "n1", ("n1", 92))))
        costs.add(spent(db, lambda tx: tx.assert_("beat", "n1", 93)))
        costs.add(spent(db, lambda tx: (tx.retract("beat", "n1", 93), tx.assert_("beat", "n1", 94))))
        costs.add(
            spent(db, lambda tx: (tx.replace("beat", "n1", ("n1", 7)), tx.replace("beat", "n1", ("n1", 95))))
        )
    assert len(costs) == 1
    assert costs.pop()[2] == 0
