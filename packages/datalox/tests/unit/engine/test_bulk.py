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


REPLACED = """
.decl beat(n: text, at: number) key(n)
.decl node(n: text, status: text) key(n)
.decl limit(name: text, value: number) key(name)
stale(N) :- beat(N, T), node(N, _), limit(lease, L), now(W), W - T > L.
fresh(N) :- beat(N, T), limit(lease, L), now(W), W - T <= L.
vanished(N) :- beat(N, T), limit(lease, L), now(W), W - T > L, W - T <= 100.
known(N) :- beat(N, _).
healthy(N) :- node(N, available), not stale(N).
"""


def beating(nodes: int) -> Session:
    db = Session(Program.parse(REPLACED, "replaced.dl"))
    with db.transaction(now=100) as tx:
        tx.assert_("limit", "lease", 30)
        tx.assert_all("node", ((f"n{number}", "available") for number in range(nodes)))
        tx.assert_all("beat", ((f"n{number}", 90) for number in range(nodes)))
    return db


@pytest.mark.parametrize("at", [91, 91.5])
def test_a_heartbeat_asks_what_its_key_tells_once_and_reaches_no_conclusion(at: float) -> None:
    costs = set()
    for nodes in (100, 3000):
        db = beating(nodes)
        spent(db, lambda tx: tx.replace("beat", "n1", ("n1", 90.5)))
        costs.add(spent(db, lambda tx: tx.replace("beat", "n1", ("n1", at))))
    # four rules hear of two rows; limit is looked up by three of them and node by one, once for both rows
    assert costs == {(4, 8, 4)}


def test_many_heartbeats_in_one_transaction_cost_what_they_cost_one_by_one() -> None:
    db = beating(200)
    spent(db, lambda tx: tx.replace("beat", "n1", ("n1", 90.5)))
    calls, touched, read = spent(
        db, lambda tx: tx.assert_all("beat", ((f"n{number}", 92) for number in range(50, 100)))
    )
    assert (calls, touched, read) == (50 * 4, 50 * 8, 50 * 4)


def test_a_heartbeat_that_ends_a_lapse_is_told_and_can_be_taken_back() -> None:
    db = beating(100)
    with db.transaction(now=125) as tx:
        tx.assert_all("beat", ((f"n{number}", 125) for number in range(1, 100)))
    assert tx.changes.keys() == {"beat", "stale", "fresh", "vanished", "healthy"}
    with db.what_if() as tried:
        tried.replace("beat", "n0", ("n0", 124))
    assert {str(row[0]) for row in tried.changes["stale"].vanished} == {"n0"}
    assert {str(row[0]) for row in tried.changes["fresh"].appeared} == {"n0"}
    assert [str(row[0]) for row in db.query("stale", ANY)] == ["n0"]
    with db.transaction() as tx:
        tx.replace("beat", "n0", ("n0", 124))
    assert list(db.query("stale", ANY)) == []


def test_placing_costs_the_same_however_much_is_placed() -> None:
    rules = """
    .decl room(n: text, cpu: number) key(n)
    .decl size(w: text, cpu: number) key(w)
    .decl placed(w: text, n: text) key(w)
    used(N, U) :- room(N, _), sum(C, taken(W, N, C), U).
    taken(W, N, C) :- placed(W, N), size(W, C).
    free(N, C - U) :- room(N, C), used(N, U).
    """
    costs = set()
    for many in (100, 2000):
        db = Session(Program.parse(rules, "placing.dl"))
        with db.transaction() as tx:
            tx.assert_all("room", ((f"n{number}", 64) for number in range(many)))
            tx.assert_all("size", ((f"w{number}", 1) for number in range(3 * many)))
            tx.assert_all("placed", ((f"w{number}", f"n{number % many}") for number in range(2 * many)))
        spent(db, lambda tx, many=many: tx.assert_("placed", f"w{2 * many}", "n1"))  # type: ignore[misc]
        costs.add(
            spent(db, lambda tx, many=many: tx.assert_("placed", f"w{2 * many + 1}", "n2"))  # type: ignore[misc]
        )
        assert list(db.query("free", "n2", ANY)) == [(next(db.query("room", "n2", ANY))[0], 61)]
    assert len(costs) == 1


def stale_at(now: float, before: int, after: int, keep: bool, back: float) -> list[str]:
    """What is stale at `back` after a heartbeat at `now`, kept or taken back."""
    db = Session(
        Program.parse(
            ".decl beat(n: text, at: int) key(n)\nstale(N) :- beat(N, T), now(W), W - T > 30.", "s.dl"
        )
    )
    with db.transaction(now=100) as tx:
        tx.assert_("beat", "n", before)
    with db.transaction(now=now):
        pass
    with db.transaction() if keep else db.what_if() as tx:
        tx.replace("beat", "n", ("n", after))
    assert tx.changes.keys() == {"beat"}
    with db.transaction(now=back):
        pass
    return [str(row[0]) for row in db.query("stale", ANY)]


def test_a_moved_entry_is_right_when_the_clock_goes_back_behind_its_instant() -> None:
    assert stale_at(now=200, before=1, after=110, keep=True, back=100) == []
    assert stale_at(now=200, before=1, after=110, keep=True, back=150) == ["n"]


def test_an_entry_whose_move_was_taken_back_ends_when_it_would_have() -> None:
    assert stale_at(now=101, before=90, after=95, keep=False, back=121) == ["n"]
    assert stale_at(now=101, before=95, after=80, keep=False, back=115) == []
