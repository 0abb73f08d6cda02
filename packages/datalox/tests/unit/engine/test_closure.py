"""Closures of pairs: which rules are one, what a change costs, and that rows are made only for who looks."""

from __future__ import annotations

import pytest

from datalox import ANY, Budget, DatalogError, Program, Session
from datalox.maintain.closure import ClosureNode
from datalox.store.pairs import PairSet

RIGHT = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), edge(Y, Z)."
LEFT = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- edge(X, Y), path(Y, Z)."
SQUARE = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), path(Y, Z)."
KINDS = pytest.mark.parametrize("rules", [RIGHT, LEFT, SQUARE], ids=["right", "left", "square"])
LARGE = 10**9


def chain(length: int, first: int = 0) -> list[tuple[int, int]]:
    return [(n, n + 1) for n in range(first, first + length)]


def closure(rules: str, pairs: list[tuple[int, int]], budget: Budget | None = None) -> Session:
    db = Session(Program.parse(rules, name="closure.dl"), budget=budget)
    with db.transaction() as tx:
        tx.assert_all("edge", pairs)
    return db


def node(db: Session, name: str = "path") -> ClosureNode:
    found = db._engine.network.nodes[name]
    assert isinstance(found, ClosureNode)
    return found


def looks(db: Session, operation: str, *row: int) -> int:
    """How much one change of an edge looks at."""
    before = db.stats()["read"]
    with db.transaction() as tx:
        getattr(tx, operation)("edge", *row)
    return int(db.stats()["read"] - before)


@pytest.mark.parametrize(
    "rules",
    [
        RIGHT,
        LEFT,
        SQUARE,
        "p(X, Y) :- e(X, Y). p(X, Z) :- p(X, Y), e(Y, Z). p(X, Z) :- p(X, Y), f(Y, Z).",
        "p(X, X) :- s(X). p(X, Y) :- e(X, Y), not f(X, Y). p(X, Z) :- p(X, Y), p(Y, Z).",
        "p(X, Y) :- f(X, Y). p(X, Z) :- p(Y, Z), e(X, Y), not s(X), X != Y.",
        "p(X, Y) :- f(X, Y). p(A, C) :- e(C, B), p(A, B).",
        "p(X, Y) :- f(X, Y). p(X, Z) :- p(X, Y), e(Y, Z), s(Z), count(V, f(Z, V), N), N < 3.",
        "p(X, Y) :- f(X, Y). p(X, Z) :- p(X, Y), e(Y, Z), now(T), T > Z.",
        "p(X, Y) :- f(X, Y). p(X, Z) :- p(X, Y), g(Y, Z, _), on(). p(X, Y) :- p(X, Y), s(X).",
    ],
)
def test_recognised(rules: str) -> None:
    db = Session(Program.parse(rules, name="closure.dl"))
    assert node(db, "path" if "path" in rules else "p")
    assert "closure" in db.source()


@pytest.mark.parametrize(
    "rules",
    [
        "p(X, Y) :- e(X, Y). p(X, Z) :- p(X, Y), e(Y, Z), X != Z.",
        "p(X, Y) :- e(X, Y). p(X, Z) :- p(X, Y), e(Y, Z), s(X).",
        "p(X, Y) :- e(X, Y). p(X, Z) :- p(X, Y), e(Y, Z). p(X, Z) :- e(X, Y), p(Y, Z).",
        "p(X, Y) :- e(X, Y). p(Y, X) :- p(X, Y).",
        "p(X, Y) :- e(X, Y). p(X, W) :- p(X, Y), p(Y, Z), p(Z, W).",
        "p(X, Y) :- e(X, G), e(Y, G). p(X, Z) :- p(X, Y), e(Y, G), e(Z, G).",
        "p(X, 0) :- s(X). p(X, N + 1) :- p(X, N), N < 4.",
        "p(X, Y) :- e(X, Y). p(X, a) :- p(X, Y), e(Y, b).",
        "p(X, Y) :- e(X, Y). p(X, Y) :- q(X, Y). q(X, Z) :- p(X, Y), e(Y, Z).",
        "p(X, X) :- s(X). p(X, X) :- p(X, Y), e(Y, X).",
    ],
)
def test_not_recognised(rules: str) -> None:
    db = Session(Program.parse(rules, name="closure.dl"))
    assert not isinstance(db._engine.network.nodes["p"], ClosureNode)


@KINDS
@pytest.mark.parametrize("length", [50, 400])
def test_an_edge_costs_the_sets_it_changes(rules: str, length: int) -> None:
    db = closure(rules, chain(length))
    ends = [(length, length + 1), (-1, 0)]
    one, all_ = ends if rules == LEFT else ends[::-1]
    assert looks(db, "assert_", *one) < 10
    assert looks(db, "retract", *one) < 10
    assert length < looks(db, "assert_", *all_) < 3 * length


@KINDS
def test_a_second_way_costs_nothing_to_take(rules: str) -> None:
    pairs = [*chain(100), (100, 0)]
    db = closure(rules, pairs)
    assert looks(db, "assert_", 40, 60) < 4
    with db.transaction() as tx:
        tx.retract("edge", 40, 60)
    assert tx.changes.keys() == {"edge"}


@KINDS
def test_a_large_loss_is_told_and_rehearsed_alike(rules: str) -> None:
    db = closure(rules, chain(60))
    with db.what_if() as tried:
        tried.retract("edge", 30, 31)
    with db.transaction() as tx:
        tx.retract("edge", 30, 31)
    assert tx.changes == tried.changes
    assert tx.changes["path"].vanished == {(a, b) for a in range(31) for b in range(31, 61)}
    assert not tx.changes["path"].appeared


@KINDS
def test_rows_are_made_when_somebody_looks(rules: str) -> None:
    db = closure(rules, [])
    with db.transaction() as tx:
        tx.assert_all("edge", [*chain(300), (300, 0)])
    appeared = tx.changes["path"].appeared
    assert isinstance(appeared, PairSet)
    assert len(appeared) == db.stats()["rows"]["path"] == 301 * 301
    assert appeared._found is None
    assert (0, 300) in appeared
    assert (0, 301) not in appeared
    assert set(appeared) == set(db.query("path", ANY, ANY))


@KINDS
def test_changes_stay_what_they_were(rules: str) -> None:
    db = closure(rules, [])
    with db.transaction() as tx:
        tx.assert_all("edge", chain(2))
    with db.transaction() as gone:
        for edge in chain(2):
            gone.retract("edge", *edge)
    with db.what_if() as tried:
        tried.assert_all("edge", chain(2, first=20))
    with db.transaction() as other:
        other.assert_all("edge", chain(2, first=10))
    assert gone.changes["path"].vanished == tx.changes["path"].appeared == {(0, 1), (1, 2), (0, 2)}
    assert tried.changes["path"].appeared == {(20, 21), (21, 22), (20, 22)}
    assert other.changes["path"].appeared == {(10, 11), (11, 12), (10, 12)}


@KINDS
def test_values_that_come_and_go_leave_nothing_behind(rules: str) -> None:
    db = closure(rules, chain(3))
    for n in range(50):
        with db.transaction() as tx:
            tx.assert_("edge", 3, f"v{n}")
        with db.transaction() as tx:
            tx.retract("edge", 3, f"v{n}")
        with db.what_if() as tried:
            tried.assert_("edge", f"w{n}", 0)
    numbering = node(db).pairs.numbering
    assert numbering.numbers.keys() == set(range(4))
    assert sum(map(len, numbering.table)) < 8


@KINDS
def test_reads_inside_a_transaction_add_up(rules: str) -> None:
    db = closure(rules, chain(3))
    with db.transaction() as tx:
        tx.retract("edge", 1, 2)
        assert list(tx.query("path", 0, ANY)) == [(0, 1)]
        assert list(tx.query("path", ANY, 3)) == [(2, 3)]
        tx.assert_("edge", 1, 2)
        tx.assert_("edge", 3, 4)
    assert tx.changes["path"].appeared == {(n, 4) for n in range(4)}
    assert not tx.changes["path"].vanished


def test_few_starts_do_not_close_the_whole_graph() -> None:
    db = Session(Program.parse("p(X, Y) :- start(X), e(X, Y).\np(X, Z) :- p(X, Y), e(Y, Z).", name="few.dl"))
    with db.transaction() as tx:
        tx.assert_all("e", chain(5_000))
        tx.assert_("start", 0)
    assert db.stats()["rows"]["p"] == 5_000
    assert db.stats()["read"] < 40_000
    with db.transaction() as tx:
        tx.retract("e", 4_000, 4_001)
    assert len(tx.changes["p"].vanished) == 1_000


@pytest.mark.parametrize("budget", [Budget(derived=400), Budget(steps=60)], ids=["derived", "steps"])
@KINDS
def test_a_budget_that_is_exceeded_leaves_everything_as_it_was(rules: str, budget: Budget) -> None:
    db = closure(rules, chain(20), budget)
    before = list(db.query("path", 0, ANY)), set(node(db).pairs.rows)
    with pytest.raises(DatalogError, match="budget"), db.transaction() as tx:
        tx.retract("edge", 0, 1)
        tx.assert_all("edge", chain(40, first=20))
    assert (list(db.query("path", 0, ANY)), set(node(db).pairs.rows)) == before
    with db.transaction() as tx:
        tx.retract("edge", 0, 1)
    assert tx.changes["path"].vanished == {(0, n) for n in range(1, 21)}


@KINDS
def test_a_reader_that_breaks_off_half_way_leaves_everything_as_it_was(rules: str) -> None:
    """Readers of both ends see the closure old first: it is theirs again when one of them fails."""
    db = closure(rules + "\nfar(X, Z) :- path(X, Y), path(Y, Z).", chain(10), Budget(steps=2_000))
    before = set(node(db).pairs.rows), list(db.query("path", ANY, 10)), set(db.query("far", ANY, ANY))
    with pytest.raises(DatalogError, match="budget"), db.transaction() as tx:
        tx.retract("edge", 4, 5)
        tx.assert_all("edge", [(100 + n, 0) for n in range(200)])
    after = set(node(db).pairs.rows), list(db.query("path", ANY, 10)), set(db.query("far", ANY, ANY))
    assert after == before
    with db.transaction() as tx:
        tx.assert_("edge", 10, 11)
    assert tx.changes["far"].appeared == {(n, 11) for n in range(10)}


@KINDS
def test_sets_that_no_memory_holds_are_not_made(monkeypatch: pytest.MonkeyPatch, rules: str) -> None:
    db = closure(rules, chain(10))
    monkeypatch.setattr("datalox.maintain.closure.RECURSION_LIMIT", 50)
    with pytest.raises(DatalogError, match="blocks of pairs"), db.transaction() as tx:
        tx.assert_all("edge", chain(100, first=10))
    assert db.stats()["rows"]["path"] == 55
    assert node(db).pairs.numbering.numbers.keys() == set(range(11))


@KINDS
def test_proofs_of_a_long_chain_are_as_low_as_they_can_be(rules: str) -> None:
    db = closure(rules, chain(200))
    proof = db.explain("path", 0, 200)
    assert proof is not None
    assert proof.verify(db)
    assert proof.height == (9 if rules == SQUARE else 200)
