"""A refusal over many candidates tells each reason once: how many, which is nearest, what would help."""

from __future__ import annotations

import json

import pytest

from datalox import ANY, Budget, Program, Session, Symbol
from datalox.explain import render

RULES = """
.decl node(n: text, status: text) key(n)
.decl room(n: text, memory: int) key(n)
.decl wants(w: text, memory: int) key(w)
.decl capability(n: text, key: text, value: text)
.decl needs(w: text, key: text, value: text)
.decl beat(n: text, at: int) key(n)
.decl placed(w: text, n: text) key(w)
% heard from lately
fresh(N) :- beat(N, T), now(W), W - T <= 30.
% takes work
accepting(N) :- fresh(N), node(N, up).
.demand lacks(+, +)
% it asks for something this node is not
lacks(W, N) :- needs(W, K, V), not capability(N, K, V).
% it is not to be beside this one
lacks(W, N) :- needs(W, apart, O), placed(O, N).
.demand fits/2
% it fits
fits(W, N) :- wants(W, M), accepting(N), room(N, F), F >= M, not lacks(W, N).
"""
ONLY = ("~wants", "~node", "+capability", "-placed")


@pytest.fixture
def db() -> Session:
    made = Session(Program.parse(RULES, name="g.dl"))
    with made.transaction(now=100) as tx:
        for number in range(100):
            name = f"n{number:02}"
            status = "cordoned" if number < 10 else "draining" if number < 15 else "up"
            tx.assert_("node", name, status)
            tx.assert_("room", name, 1000 + number)
            tx.assert_("beat", name, 10 if number in (20, 21) else 90)
        tx.assert_("wants", "big", 4000)
        tx.assert_("wants", "gpu", 10)
        tx.assert_("wants", "shy", 10)
        tx.assert_("needs", "gpu", "gpu", "a100")
        for number in range(20, 60):
            tx.assert_("placed", f"w{number}", f"n{number}")
            tx.assert_("needs", "shy", "apart", f"w{number}")
    return made


def test_a_hundred_nodes_read_as_four_lines(db: Session) -> None:
    refusal = db.why_not("fits", "big", ANY, changeable=ONLY)
    assert [(group.count, group.path, group.reason) for group in refusal.groups] == [
        (83, (), "F >= 4000 fails (F is 1015 to 1099, M=4000)"),
        (10, ("accepting(N)",), "node(N, up) does not hold (there is node(N, cordoned))"),
        (5, ("accepting(N)",), "node(N, up) does not hold (there is node(N, draining))"),
        (2, ("accepting(N)", "fresh(N)"), "100 - 10 <= 30 fails (T=10, W=100)"),
    ]
    assert repr(refusal.groups[0]) == "<83: F >= 4000 fails (F is 1015 to 1099, M=4000)>"
    assert refusal.text().splitlines() == [
        "fits(big, _) does not hold for any of 100 candidates",
        "  83: F >= 4000 fails (F is 1015 to 1099, M=4000)",
        "      nearest n99 (lacks 2901); also n98, n97",
        "  10: accepting(N) does not hold: node(N, up) does not hold (there is node(N, cordoned))",
        "      for example n00, n01, n02",
        "  5: accepting(N) does not hold: node(N, up) does not hold (there is node(N, draining))",
        "      for example n10, n11, n12",
        "  2: accepting(N) does not hold: fresh(N) does not hold: 100 - 10 <= 30 fails (T=10, W=100)",
        "      n20, n21",
        "  it would hold with",
        "    1. change wants(big, 4000): memory 4000 -> 1099, makes fits(big, n99)",
        "    2. change node(n12, draining): status draining -> up;"
        " change wants(big, 4000): memory 4000 -> 1012, makes fits(big, n12)",
        "    3. change node(n02, cordoned): status cordoned -> up;"
        " change wants(big, 4000): memory 4000 -> 1002, makes fits(big, n02)",
    ]


def test_a_group_is_data(db: Session) -> None:
    refusal = db.why_not("fits", "big", ANY, changeable=ONLY)
    told = refusal.json()["grouping"]
    assert {name: told[name] for name in ("candidates", "looked", "holding", "held", "rest")} == {
        "candidates": 100, "looked": 100, "holding": 0, "held": [], "rest": 0
    }  # fmt: skip
    first = told["groups"][0]
    assert first["comment"] == "it fits"
    assert first["rule"] == "g.dl:20"
    assert first["examples"] == [["big", "n99"], ["big", "n98"], ["big", "n97"]]
    assert (first["gap"], first["values"]) == (2901, {"F": [1015, 1099], "M": [4000, 4000]})
    assert first["repairs"][0]["edits"][0]["becomes"] == ["big", 1099]
    assert render(json.loads(json.dumps(refusal.json()))) == refusal.text()


def test_a_negation_tells_the_rule_it_met(db: Session) -> None:
    refusal = db.why_not("fits", "gpu", ANY, changeable=ONLY)
    (most, *_) = refusal.groups
    assert most.count == 83
    assert most.reason == (
        "not lacks(gpu, N) fails: it asks for something this node is not (K=gpu, V=a100, W=gpu)"
    )
    assert most.because is not None
    assert most.because["rule"] == "g.dl:15"
    assert most.repairs[0].text() == "add capability(n15, gpu, a100)"


def test_causes_without_number_are_one_reason(db: Session) -> None:
    with db.transaction() as tx:
        for number in range(20, 60):
            tx.assert_("capability", f"n{number}", "apart", f"w{number}")
            tx.assert_("beat", f"n{number}", 95)
        for number in range(60, 100):
            tx.assert_("node", f"n{number}", "gone")
    refusal = db.why_not("fits", "shy", ANY, changeable=ONLY)
    assert len(refusal.groups) <= 5
    assert sum(group.count for group in refusal.groups) == 100


def test_every_tells_of_the_rest_where_some_hold(db: Session) -> None:
    with db.transaction() as tx:
        tx.assert_("room", "n50", 9000)
    assert db.why_not("fits", "big", ANY).grouping is None
    refusal = db.why_not("fits", "big", ANY, every=True, repairs=0)
    assert refusal.holds
    assert refusal.grouping is not None
    assert (refusal.grouping.holding, refusal.grouping.held) == (1, ((Symbol("big"), Symbol("n50")),))
    assert refusal.text().splitlines()[0] == "fits(big, _) holds for 1 of 100 candidates"
    assert refusal.groups[0].count == 82


def test_a_condition_that_is_not_about_candidates_is_one_group(db: Session) -> None:
    refusal = db.why_not("fits", "nobody", ANY, repairs=0)
    assert [(group.count, group.reason) for group in refusal.groups] == [
        (100, "wants(nobody, M) does not hold")
    ]


def test_the_budget_of_the_question_bounds_how_many_are_looked_at(db: Session) -> None:
    refusal = db.why_not("fits", "big", ANY, repairs=0, budget=Budget(steps=250))
    assert refusal.grouping is not None
    assert 0 < refusal.grouping.looked < refusal.grouping.candidates == 100
    assert ", the first of 100" in refusal.text()


def test_open_columns_that_nothing_feeds_have_no_candidates() -> None:
    db = Session(Program.parse("next(X, Y + 1) :- e(X, Y).", name="n.dl"))
    with db.transaction() as tx:
        tx.assert_("e", 1, 2)
    assert db.why_not("next", 5, ANY).grouping is None


def test_two_open_columns_are_pairs(db: Session) -> None:
    refusal = db.why_not("fits", ANY, ANY, repairs=0, every=True)
    assert refusal.grouping is not None
    assert refusal.grouping.candidates == 300
    assert refusal.grouping.holding + sum(group.count for group in refusal.groups) == 300
