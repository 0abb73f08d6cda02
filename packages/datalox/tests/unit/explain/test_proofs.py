"""All proofs of a row come lowest first, each once, and each can be checked again."""

from __future__ import annotations

from itertools import islice

import pytest

from datalox import DatalogError, Program, Session


def session(text: str, *edges: tuple[int, int]) -> Session:
    db = Session(Program.parse(text, name="p.dl"))
    with db.transaction() as tx:
        tx.assert_all("e", edges)
    return db


PATHS = "path(X, Y) :- e(X, Y).\npath(X, Z) :- path(X, Y), e(Y, Z)."


def test_every_way_is_a_proof_and_the_lowest_comes_first() -> None:
    db = session(PATHS, (1, 4), (1, 2), (2, 4), (2, 3), (3, 4))
    found = list(db.proofs("path", 1, 4))
    assert [proof.height for proof in found] == [1, 2, 3]
    assert all(proof.verify(db) for proof in found)
    assert len(set(map(str, found))) == 3
    assert found[0] == db.explain("path", 1, 4)
    assert [repr(proof) for proof in found] == [f"<path(1, 4) by p.dl:{line}>" for line in (1, 2, 2)]
    assert repr(found[0].children[0]) == "<e(1, 4) by fact>"


def test_nothing_rests_on_itself() -> None:
    db = session(PATHS + "\npath(X, Y) :- path(Y, X).", (1, 2), (2, 1), (2, 2))
    for proof in db.proofs("path", 1, 2):
        assert proof.verify(db)
        above: dict[int, tuple[str, ...]] = {id(proof): ()}
        for step in proof.steps():
            for child in step.children:
                above[id(child)] = (*above[id(step)], step.statement)
                assert child.statement not in above[id(child)]


def test_asserting_is_one_more_proof() -> None:
    db = session("p(X) :- e(X, _).", (1, 2), (1, 3))
    with db.transaction() as tx:
        tx.assert_("p", 1)
    assert [proof.kind for proof in db.proofs("p", 1)] == ["fact", "rule", "rule"]


def test_inputs_of_totals_and_negations_have_their_proofs() -> None:
    text = "big(X) :- e(X, _).\nmany(N) :- count(X, big(X), N).\nlone(X) :- big(X), not e(_, X)."
    db = session(text, (1, 2), (1, 3), (4, 5))
    assert len(list(db.proofs("many", 2))) == 2
    found = list(db.proofs("lone", 1))
    assert [proof.children[1].kind for proof in found] == ["negation", "negation"]
    assert all(proof.verify(db) for proof in (*found, *db.proofs("many", 2)))


def test_exponentially_many_are_taken_one_by_one() -> None:
    rungs = [(n, n + side + 1) for n in range(0, 60, 3) for side in (0, 1)]
    joins = [(n + side + 1, n + 3) for n in range(0, 60, 3) for side in (0, 1)]
    db = session(PATHS, *rungs, *joins)
    few = list(islice(db.proofs("path", 0, 60), 20))
    assert len({proof.text() for proof in few}) == 20
    assert {proof.height for proof in few} == {40}


def test_proofs_are_those_of_the_moment_they_were_asked_for() -> None:
    db = session(PATHS, (1, 2), (2, 3), (1, 3))
    found = db.proofs("path", 1, 3)
    with db.transaction() as tx:
        tx.retract("e", 1, 2)
    assert [proof.height for proof in found] == [1, 2]


def test_what_does_not_hold_has_none_and_too_many_ways_are_refused() -> None:
    db = session(PATHS, *((a, b) for a in range(150) for b in range(150)))
    assert list(db.proofs("path", 1, 999)) == []
    with pytest.raises(DatalogError, match="ways in which facts follow"):
        db.proofs("path", 1, 2)
