"""Snapshots: asked from other threads while the session goes on, they say what was."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from datalox import ANY, Budget, DatalogError, Program, Session, Symbol

RULES = """
.decl node(id: text, status: symbol) key(id)
.decl beat(node: text, at: int) key(node)
.decl edge(a: text, b: text)
known(a). known(b).
healthy(N) :- node(N, up), beat(N, T), now(W), W - T <= 30.
path(X, Y) :- edge(X, Y).
path(X, Z) :- path(X, Y), edge(Y, Z).
count_of(K) :- count(N, healthy(N), K).
.demand fits(+)
fits(N) :- healthy(N), not path(N, N).
.order latest: beat(N, T) by T desc
"""


def fleet(size: int = 20) -> Session:
    db = Session(Program.parse(RULES, name="rules.dl"))
    with db.transaction(now=100) as tx:
        for number in range(size):
            tx.assert_("node", f"n{number}", "up")
            tx.assert_("beat", f"n{number}", 90)
            tx.assert_("edge", f"n{number}", f"n{number + 1}")
        tx.retract("known", Symbol("a"))
    return db


def everything(db: object) -> dict[str, object]:
    names = {"node": 2, "beat": 2, "edge": 2, "known": 1, "healthy": 1, "path": 2, "count_of": 1}
    return {name: list(db.query(name, *[ANY] * arity)) for name, arity in names.items()}  # type: ignore[attr-defined]


def test_a_snapshot_says_what_was() -> None:
    db = fleet()
    before, taken = everything(db), db.snapshot()
    with db.transaction(now=200) as tx:
        tx.retract("node", "n1", "up")
        tx.assert_("known", Symbol("a"))
        tx.assert_("edge", "n20", "n0")
    db.load(Program.parse("healthy_too(N) :- healthy(N).", name="more.dl"))
    assert everything(taken) == before
    assert taken.now == 100 and list(taken.query("known", ANY)) == [(Symbol("b"),)]
    assert taken.best("beat", ANY, ANY, order="latest", limit=1) == [(Symbol("n0"), 90)]
    assert [found["N"].name for found in taken.ask("fits(N), beat(N, 90), N = n3")] == ["n3"]
    proof = taken.explain("path", "n0", "n3")
    assert proof is not None and "edge(n2, n3)" in proof.text()
    assert not taken.why_not("healthy", "n99").holds
    with pytest.raises(DatalogError, match="healthy_too"):
        taken.query("healthy_too", ANY)


def test_an_open_transactions_facts_are_in_it_and_those_taken_back_are_not() -> None:
    db = fleet(3)
    with db.what_if() as world:
        world.retract("node", "n0", "up")
        taken = db.snapshot()
    assert not list(taken.query("healthy", "n0")) and list(db.query("healthy", "n0"))


def test_readers_on_other_threads_see_one_moment_each_while_the_session_goes_on() -> None:
    db = fleet(1)
    stop = threading.Event()
    handed: list[object] = [db.snapshot()]

    def reading() -> int:
        seen = 0
        while not stop.is_set() or seen < 3:
            taken = handed[-1]
            healthy = {row[0] for row in taken.query("healthy", ANY)}  # type: ignore[attr-defined]
            [(count,)] = taken.query("count_of", ANY)  # type: ignore[attr-defined]
            assert count == len(healthy)
            assert len(list(taken.query("path", "n0", ANY))) == count  # type: ignore[attr-defined]
            seen += 1
        return seen

    with ThreadPoolExecutor(3) as threads:
        readers = [threads.submit(reading) for _ in range(3)]
        for number in range(1, 60):
            with db.transaction() as tx:
                tx.assert_("node", f"n{number}", "up")
                tx.assert_("beat", f"n{number}", 90)
                tx.assert_("edge", f"n{number}", f"n{number + 1}")
            handed.append(db.snapshot())
        stop.set()
        assert all(reader.result(timeout=60) >= 3 for reader in readers)


def test_threads_that_meet_a_name_at_once_get_one_symbol() -> None:
    gate = threading.Barrier(4)

    def meet(turn: int) -> list[int]:
        gate.wait()
        return [id(Symbol(f"met at once {turn} {number}")) for number in range(300)]

    with ThreadPoolExecutor(4) as threads:
        for turn in range(10):
            told = list(threads.map(meet, [turn] * 4))
            assert all(each == told[0] for each in told)


def test_a_snapshot_keeps_the_sessions_budget() -> None:
    db = Session(Program.parse("up(X + 1) :- up(X), X < 50.", name="up.dl"), budget=Budget(steps=500))
    with db.transaction() as tx:
        tx.assert_("up", 0)
    with pytest.raises(DatalogError, match="steps"):
        list(db.snapshot().ask("up(A), up(B), up(C)"))


def test_a_snapshot_answers_whatever_a_session_does() -> None:
    db = Session(Program.parse(".decl p(a: int)\nq(A) :- p(A), not r(A).\n.decl r(a: int)", name="asked.dl"))
    with db.transaction() as tx:
        tx.assert_all("p", [(1,), (2,)])
        tx.assert_("r", 2)
    taken = db.snapshot()
    with db.transaction() as tx:
        tx.retract("p", 1)
    assert [proof.text() for proof in taken.proofs("q", 1)] == [str(taken.explain("q", 1))]
    assert [repair.text() for repair in taken.why_not("q", 2, changeable=("-r",)).repairs] == ["retract r(2)"]
