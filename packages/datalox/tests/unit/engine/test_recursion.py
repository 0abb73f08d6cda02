"""Recursive components: what a change costs, when they are built anew, and what budgets and undo do."""

from __future__ import annotations

import random

import pytest

from datalox import ANY, Budget, DatalogError, Program, Session
from datalox.maintain import recursive

RIGHT = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), edge(Y, Z)."
LEFT = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- edge(X, Y), path(Y, Z)."
SQUARE = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), path(Y, Z)."
UNLIKE = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), edge(Y, Z), X != -1."
PAIRS = sorted({(n * 7919 % 60, (n * 104729 + 13) % 60) for n in range(110)})


def closure(rules: str, pairs: list[tuple[int, int]] = PAIRS, budget: Budget | None = None) -> Session:
    db = Session(Program.parse(rules, name="closure.dl"), budget=budget)
    with db.transaction() as tx:
        tx.assert_all("edge", pairs)
    return db


def reads(db: Session, operation: str, *row: int) -> int:
    before = db.stats()["read"]
    with db.transaction() as tx:
        getattr(tx, operation)("edge", *row)
    assert tx.changes
    return int(db.stats()["read"] - before)


@pytest.mark.parametrize("rules", [RIGHT, LEFT, SQUARE], ids=["right", "left", "square"])
def test_a_closure_has_the_rows_and_the_ranks_of_deriving_round_by_round(rules: str) -> None:
    closed, derived = closure(rules), closure(UNLIKE)
    assert list(closed.query("path", ANY, ANY)) == list(derived.query("path", ANY, ANY))
    assert ranks(closed) == ranks(derived)


def ranks(db: Session) -> dict[tuple[object, ...], int]:
    (component,) = db._engine.network.components.values()
    return {row: component.ranks_below(row)("path", row) for row in db.query("path", ANY, ANY)}


@pytest.mark.parametrize("length", [50, 400])
def test_an_edge_at_the_end_of_a_chain_costs_what_hangs_on_it(length: int) -> None:
    rules = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- edge(X, Y), path(Y, Z), X != -9."
    db = closure(rules, [(n, n + 1) for n in range(length)])
    assert reads(db, "assert_", -1, length) < 10
    assert reads(db, "retract", -1, length) < 20


def test_a_new_shorter_way_makes_proofs_of_squares_descend() -> None:
    db = closure(SQUARE, [(1, 2), (2, 3), (3, 4)])
    with db.transaction() as tx:
        tx.assert_("edge", 1, 4)
        tx.assert_("edge", 4, 5)
    for row in db.query("path", ANY, ANY):
        proof = db.explain("path", *row)
        assert proof is not None
        assert proof.verify(db)


@pytest.mark.parametrize("rules", [RIGHT, UNLIKE], ids=["closure", "ranked"])
def test_a_large_loss_builds_the_component_anew_and_tells_the_difference(rules: str) -> None:
    pairs = [(n, n + 1) for n in range(60)]
    db = closure(rules, pairs)
    with db.what_if() as tried:
        tried.retract("edge", 30, 31)
    with db.transaction() as tx:
        tx.retract("edge", 30, 31)
    lost = {(a, b) for a in range(31) for b in range(31, 61)}
    assert tx.changes == tried.changes
    assert tx.changes["path"].vanished == lost
    assert not tx.changes["path"].appeared
    assert ranks(db) == {(a, b): b - a for a in range(61) for b in range(a + 1, 61) if (a, b) not in lost}


def test_drifted_ranks_are_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recursive, "SMALL", 0)
    db = closure(UNLIKE, [(n, n + 1) for n in range(8)])
    source = random.Random(3)
    for _ in range(200):
        edge = source.randrange(8), source.randrange(8)
        with db.transaction() as tx:
            tx.retract("edge", *edge) if list(db.query("edge", *edge)) else tx.assert_("edge", *edge)
    (component,) = db._engine.network.components.values()
    assert component._rederived <= component._size() + 64
    edges = [(a, b) for a, b in db.query("edge", ANY, ANY)]
    assert list(db.query("path", ANY, ANY)) == list(closure(UNLIKE, edges).query("path", ANY, ANY))


@pytest.mark.parametrize("budget", [Budget(derived=400), Budget(steps=400)], ids=["derived", "steps"])
def test_a_budget_that_is_exceeded_half_way_leaves_rows_and_ranks(budget: Budget) -> None:
    db = closure(UNLIKE, [(n, n + 1) for n in range(20)], budget)
    before = ranks(db)
    with pytest.raises(DatalogError, match="budget"), db.transaction() as tx:
        tx.retract("edge", 0, 1)
        tx.assert_all("edge", [(n, n + 1) for n in range(20, 60)])
    assert ranks(db) == before
    with db.transaction() as tx:
        tx.retract("edge", 0, 1)
    assert tx.changes["path"].vanished == {(0, n) for n in range(1, 21)}


def test_recursion_that_computes_values_has_a_limit_of_its_own_and_names_the_rule() -> None:
    rules = "p(X) :- start(X).\np(X + 1) :- p(X).\nq(X) :- start(X).\nq(X) :- q(Y), X = Y, X < 9."
    db = Session(Program.parse(rules, name="endless.dl"), budget=Budget(derived=10_000, computed=50))
    told = r"more than 50 .*: p/1 endless.dl:2:1 computes them"
    with pytest.raises(DatalogError, match=told), db.transaction() as tx:
        tx.assert_("start", 0)
    assert list(db.query("p", ANY)) == list(db.query("start", ANY)) == []


def test_building_anew_spends_no_budget_on_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    db = closure(UNLIKE, [(n, n + 1) for n in range(30)], Budget(derived=500))
    monkeypatch.setattr(recursive, "SMALL", -1000)
    with db.transaction() as tx:
        tx.retract("edge", 28, 29)
    assert len(tx.changes["path"].vanished) == 29 * 2
