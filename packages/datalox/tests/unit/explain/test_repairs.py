"""Repairs say what would have to change, by how much, cheapest first; each was tried before it is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from datalox import ANY, Budget, DatalogError, Program, Refusal, Session, Symbol
from datalox.explain import render
from datalox.explain.edits import KINDS, Repair


def session(text: str, *facts: tuple[Any, ...], now: float | None = None) -> Session:
    db = Session(Program.parse(text, name="r.dl"))
    with db.transaction(now=now) as tx:
        for fact in facts:
            tx.assert_(*fact)
    return db


def words(refusal: Refusal) -> list[str]:
    assert not refusal.holds
    return [repair.text() for repair in refusal.repairs]


FITS = """
.decl node(n: text, status: text) key(n)
.decl room(n: text, memory: int) key(n)
.decl wants(w: text, memory: int) key(w)
.decl placed(w: text, n: text) key(w)
.decl capability(n: text, key: text, value: text)
.decl needs(w: text, key: text, value: text)
used(N, U) :- node(N, _), sum(M, takes(N, _, M), U).
takes(N, W, M) :- placed(W, N), wants(W, M).
free(N, M - U) :- room(N, M), used(N, U).
.demand lacks(+, +)
lacks(W, N) :- needs(W, K, V), not capability(N, K, V).
.demand fits(+, +)
fits(W, N) :- node(N, up), wants(W, M), free(N, F), F >= M, not lacks(W, N).
"""
FLEET = (
    ("node", "n1", "up"), ("node", "n2", "cordoned"), ("node", "n7", "up"),
    ("room", "n1", 8192), ("room", "n2", 8192), ("room", "n7", 8192),
    ("wants", "big", 65536), ("wants", "w", 6000), ("wants", "w41", 1000), ("wants", "w42", 4000),
    ("placed", "w41", "n1"), ("placed", "w42", "n1"), ("capability", "n7", "gpu", "t4"),
    ("needs", "trains", "gpu", "a100"), ("wants", "trains", 10),
)  # fmt: skip
OPERATOR = ("~wants", "-placed", "~node", "+capability", "now")


def test_a_threshold_is_solved_through_totals_and_arithmetic() -> None:
    db = session(FITS, *FLEET)
    assert words(db.why_not("fits", "big", "n1", changeable=("~wants",)))[0] == (
        "change wants(big, 65536): memory 65536 -> 3192"
    )
    assert words(db.why_not("fits", "big", "n1", changeable=("~room",))) == [
        "change room(n1, 8192): memory 8192 -> 70536"
    ]


def test_the_smallest_workload_that_makes_room_is_stopped() -> None:
    db = session(FITS, *FLEET)
    assert words(db.why_not("fits", "w", "n1", changeable=OPERATOR)) == [
        "change wants(w, 6000): memory 6000 -> 3192",
        "change wants(w42, 4000): memory 4000 -> 1192",
        "retract placed(w42, n1)",
    ]
    with db.transaction() as tx:
        tx.assert_("wants", "w", 8192)
    assert words(db.why_not("fits", "w", "n1", changeable=("-placed",))) == [
        "retract placed(w41, n1); retract placed(w42, n1)"
    ]


def test_a_keyed_row_changes_and_a_missing_one_is_added_with_what_is_there_instead() -> None:
    db = session(FITS, *FLEET)
    assert words(db.why_not("fits", "w", "n2", changeable=OPERATOR)) == [
        "change node(n2, cordoned): status cordoned -> up"
    ]
    found = db.why_not("fits", "trains", "n7", changeable=OPERATOR)
    assert words(found) == ["add capability(n7, gpu, a100) (there is capability(n7, gpu, t4))"]
    assert found.json()["repairs"] == [{
        "edits": [{
            "op": "add", "predicate": "capability", "row": ["n7", "gpu", "a100"],
            "instead": [["n7", "gpu", "t4"]],
            "words": "add capability(n7, gpu, a100) (there is capability(n7, gpu, t4))",
        }],
        "cost": [1, KINDS["add"], 1], "predicate": "fits", "row": ["trains", "n7"],
        "makes": "fits(trains, n7)",
        "words": "add capability(n7, gpu, a100) (there is capability(n7, gpu, t4))",
    }]  # fmt: skip


def test_several_conditions_are_repaired_together() -> None:
    db = session(FITS, *FLEET)
    assert words(db.why_not("fits", "big", "n2", changeable=OPERATOR)) == [
        "change node(n2, cordoned): status cordoned -> up; change wants(big, 65536): memory 65536 -> 8192"
    ]


def test_repairs_are_data_that_can_be_applied_and_print_as_datalog() -> None:
    db = session(FITS, *FLEET)
    first, *_ = db.why_not("fits", "w", "n2").repairs
    assert isinstance(first, Repair)
    assert repr(first) == "-node(n2, cordoned) +node(n2, up)"
    with db.transaction() as tx:
        first.apply(tx)
    assert db.why_not("fits", "w", "n2").holds
    assert repr(db.why_not("fits", "w", "n2")) == "<fits(w, n2) holds>"


def test_the_text_of_a_refusal_ends_with_its_repairs_and_survives_json() -> None:
    db = session(FITS, *FLEET)
    refusal = db.why_not("fits", "w", "n2", changeable=("~node",))
    assert refusal.text().splitlines()[-2:] == [
        "  it would hold with",
        "    1. change node(n2, cordoned): status cordoned -> up",
    ]
    assert render(json.loads(json.dumps(refusal.json()))) == refusal.text()


def test_what_cannot_be_repaired_says_so() -> None:
    db = session(FITS, *FLEET)
    refusal = db.why_not("fits", "w", "n2", changeable=("now",))
    assert refusal.repairs == ()
    assert refusal.text().splitlines()[-1] == "  no repair of at most 4 changes was found"
    assert db.why_not("fits", "w", "n2", repairs=0).json()["search"] is None


def test_frozen_predicates_stay() -> None:
    db = session(FITS, *FLEET)
    for repair in db.why_not("fits", "w", "n1", frozen=("~wants", "room")).repairs:
        assert not [
            e for e in repair.edits if e.predicate == "room" or (e.op, e.predicate) == ("change", "wants")
        ]
    with pytest.raises(DatalogError, match="did you mean placed/2"):
        db.why_not("fits", "w", "n1", changeable=("-place",))


def test_each_edit_may_be_judged() -> None:
    db = session(FITS, *FLEET)
    own = Symbol("w")
    refusal = db.why_not("fits", "w", "n1", changeable=("~wants",), accept=lambda edit: edit.row[0] is own)
    assert words(refusal) == ["change wants(w, 6000): memory 6000 -> 3192"]


def test_a_row_without_a_key_changes_where_that_is_asked_for() -> None:
    text = "on(N) :- intent(N, run).\nuse(N) :- intent(N, _)."
    db = session(text, ("intent", "a", Symbol("hold")), ("intent", "b", Symbol("run")))
    assert words(db.why_not("on", "a", changeable=("~intent",))) == [
        'change intent("a", hold): c2 hold -> run'
    ]
    assert words(db.why_not("on", "a")) == ['add intent("a", run) (there is intent("a", hold))']


def test_a_weight_moves_a_kind_of_edit_back() -> None:
    db = session(FITS, *FLEET)
    dear = {"~wants": 9.0, "-placed": 0.0}
    assert words(db.why_not("fits", "w", "n1", changeable=dear))[0] == "retract placed(w42, n1)"


TIME = """
.decl beat(n: symbol, at: number) key(n)
.decl retry(w: symbol, at: number) key(w)
fresh(N) :- beat(N, T), now(W), W - T <= 30.
backing_off(W) :- retry(W, At), now(Now), Now < At.
runs(W) :- retry(W, _), not backing_off(W).
old(N) :- beat(N, T), now(W), W - T > 30.
"""


def test_waiting_is_a_repair() -> None:
    db = session(TIME, ("retry", "w", 150), ("beat", "a", 90), now=100)
    assert words(db.why_not("runs", "w"))[0] == "wait until 150 (50 from now)"
    assert words(db.why_not("old", "a"))[0] == "wait until 121 (21 from now)"
    assert words(db.why_not("runs", "w", frozen=("now",)))[0] == "change retry(w, 150): at 150 -> 100"
    assert db.why_not("old", "a").json()["repairs"][0]["edits"][0] == {
        "op": "wait", "predicate": "now", "at": 121, "after": 21, "words": "wait until 121 (21 from now)"
    }  # fmt: skip


def test_nobody_waits_backwards() -> None:
    db = session(TIME, ("beat", "a", 50), now=100)
    assert words(db.why_not("fresh", "a")) == ["change beat(a, 50): at 50 -> 70"]


def test_without_a_clock_one_is_set() -> None:
    db = session(TIME, ("beat", "a", 50))
    assert db.why_not("fresh", "a").repairs[0].edits[0].op == "wait"
    assert db.why_not("fresh", "a", frozen=("now",)).repairs == ()


ARITHMETIC = [
    ("big(X) :- e(X, A), A * 3 + 1 > 10.", 1, 4),
    ("big(X) :- e(X, A), 10 - A < 4.", 1, 7),
    ("big(X) :- e(X, A), -A >= 2.", -1, -2),
    ("big(X) :- e(X, A), A / 4 >= 2.5.", 1, 10),
    ("big(X) :- e(X, A), A // 4 >= 3.", 1, 12),
    ("big(X) :- e(X, A), A * A >= 50.", 3, 8),
    ("big(X) :- e(X, A), 12 / A <= 2.", 1, 6),
    ("big(X) :- e(X, A), B = A + 1, C = B * 2, C = 12.", 1, 5),
    ("big(X) :- e(X, A), A + A >= 7 - A.", 1, 3),
    ("big(X) :- e(X, A), A != 3.", 3, 4),
]


@pytest.mark.parametrize(("rule", "value", "becomes"), ARITHMETIC, ids=[rule for rule, _, _ in ARITHMETIC])
def test_comparisons_are_solved(rule: str, value: int, becomes: int) -> None:
    db = session(f".decl e(x: symbol, a: int) key(x)\n{rule}", ("e", "x", value))
    assert words(db.why_not("big", "x"))[0] == f"change e(x, {value}): a {value} -> {becomes}"


def test_fractions_are_rounded_to_the_side_that_is_allowed() -> None:
    db = session(".decl e(x: symbol, a: number) key(x)\nbig(X) :- e(X, A), A * 3 >= 1.", ("e", "x", 0.1))
    assert words(db.why_not("big", "x")) == ["change e(x, 0.1): a 0.1 -> 0.333334"]


TOTALS = """
.decl member(g: symbol, m: symbol, size: int) key(m)
.decl group(g: symbol)
few(G) :- group(G), count(M, member(G, M, _), N), N <= 1.
crowded(G) :- group(G), count(M, member(G, M, _), N), N >= 4.
light(G) :- group(G), sum(S, member(G, _, S), T), T < 8.
level(G) :- group(G), max(S, member(G, _, S), T), T <= 3.
tall(G) :- group(G), max(S, member(G, _, S), T), T >= 9.
low(G) :- group(G), min(S, member(G, _, S), T), T <= 1.
high(G) :- group(G), min(S, member(G, _, S), T), T >= 3.
even(G) :- group(G), avg(S, member(G, _, S), T), T <= 3.
sized(G, N) :- member(G, M, _), N = count(M).
pair(G) :- sized(G, 2).
"""
MEMBERS = (
    ("group", "g"), ("member", "g", "a", 2), ("member", "g", "b", 5), ("member", "g", "c", 5),
    ("member", "other", "d", 1), ("group", "empty"),
)  # fmt: skip


OTHERWISE = [
    ("light(g)", "-member", ["-(g, b, 5)", "-(g, c, 5)"]),
    ("light(g)", "~member", ["-(g, b, 5) +(g, b, 0)", "-(g, c, 5) +(g, c, 0)"]),
    ("level(g)", "~member", ["-(g, b, 5) +(g, b, 3) -(g, c, 5) +(g, c, 3)"]),
    ("level(g)", "-member", ["-(g, b, 5) -(g, c, 5)"]),
    ("tall(g)", "~member", ["-(g, b, 5) +(g, b, 9)", "-(g, c, 5) +(g, c, 9)", "-(g, a, 2) +(g, a, 9)"]),
    ("low(g)", "~member", ["-(g, a, 2) +(g, a, 1)", "-(g, b, 5) +(g, b, 1)", "-(g, c, 5) +(g, c, 1)"]),
    ("high(g)", "~member", ["-(g, a, 2) +(g, a, 3)"]),
    ("high(g)", "-member", ["-(g, a, 2)"]),
    ("even(g)", "~member", ["-(g, b, 5) +(g, b, 2)", "-(g, c, 5) +(g, c, 2)"]),
    ("even(g)", "-member", ["-(g, b, 5) -(g, c, 5)"]),
    ("crowded(g)", "member", ["-(other, d, 1) +(g, d, 1)"]),
    ("pair(g)", "-member", ["-(g, a, 2)", "-(g, b, 5)", "-(g, c, 5)"]),
    ("few(g)", "-member", ["-(g, a, 2) -(g, b, 5)", "-(g, a, 2) -(g, c, 5)", "-(g, b, 5) -(g, c, 5)"]),
]


@pytest.mark.parametrize(("goal", "asked", "expected"), OTHERWISE, ids=[f"{g} {a}" for g, a, _ in OTHERWISE])
def test_totals_come_out_otherwise(goal: str, asked: str, expected: list[str]) -> None:
    db = session(TOTALS, *MEMBERS)
    refusal = db.why_not(goal.split("(")[0], "g", changeable=(asked,))
    assert [repr(repair).replace("member", "") for repair in refusal.repairs] == expected


def test_every_proof_of_what_must_not_hold_is_broken() -> None:
    db = session(
        "bad(X) :- red(X).\nbad(X) :- e(X, Y), blue(Y).\nok(X) :- s(X), not bad(X).",
        ("s", 1), ("red", 1), ("e", 1, 2), ("e", 1, 3), ("blue", 2), ("blue", 3), ("e", 5, 3),
    )  # fmt: skip
    assert words(db.why_not("ok", 1, changeable=("-red", "-e", "-blue"), repairs=2)) == [
        "retract e(1, 2); retract e(1, 3); retract red(1)",
        "retract blue(3); retract e(1, 2); retract red(1)",
    ]
    with db.transaction() as tx:
        tx.retract("e", 1, 3)
        tx.retract("red", 1)
    assert words(db.why_not("ok", 1, changeable=("-red", "-e", "-blue"))) == [
        "retract e(1, 2)",
        "retract blue(2)",
    ]


def test_recursion_is_repaired_by_an_edge_more_or_less() -> None:
    text = "path(X, Y) :- e(X, Y).\npath(X, Z) :- path(X, Y), e(Y, Z)."
    db = session(
        text + "\napart(X, Y) :- s(X), s(Y), not path(X, Y).",
        ("e", 1, 2),
        ("e", 2, 3),
        ("e", 4, 5),
        ("s", 1),
        ("s", 3),
    )
    assert "add e(3, 5) (there is e(4, 5))" in words(db.why_not("path", 1, 5))
    assert words(db.why_not("apart", 1, 3))[:2] == ["retract e(1, 2)", "retract e(2, 3)"]


def test_cycles_that_support_only_themselves_need_no_repair_of_their_own() -> None:
    text = "p(X, Y) :- e(X, Y).\np(X, Z) :- p(X, Y), p(Y, Z).\nleaf(X) :- s(X), not p(X, _)."
    db = session(text, ("e", 1, 1), ("s", 1))
    assert words(db.why_not("leaf", 1, changeable=("-e",))) == ["retract e(1, 1)"]


def test_a_pattern_is_repaired_for_any_row() -> None:
    db = session("p(X, Y) :- e(X, Y), s(Y).", ("e", 1, 2), ("e", 2, 3))
    refusal = db.why_not("p", 1, ANY)
    assert words(refusal)[0] == "add s(2)"
    assert refusal.repairs[0].row == (1, 2)


def test_a_new_row_takes_values_that_the_rest_of_the_rule_has() -> None:
    db = session("p(X) :- e(X, Y), s(Y), f(Y).\nuse(X) :- s(X).", ("s", 7), ("f", 8), ("s", 8), ("e", 3, 7))
    assert words(db.why_not("p", 1))[0] == "add e(1, 8)"


def test_repairs_are_sought_inside_a_transaction_and_a_what_if() -> None:
    db = session(FITS, *FLEET)
    with db.transaction() as tx:
        tx.assert_("node", "n1", "cordoned")
        assert words(tx.why_not("fits", "trains", "n1", changeable=OPERATOR)) == [
            "add capability(n1, gpu, a100); change node(n1, cordoned): status cordoned -> up"
        ]
        with db.what_if() as world:
            world.assert_("node", "n1", "up")
            assert words(world.why_not("fits", "w", "n1", changeable=("-placed",))) == [
                "retract placed(w42, n1)"
            ]
    assert set(tx.changes) == {"node"}
    assert list(db.query("node", "n1", ANY)) == [(Symbol("n1"), Symbol("cordoned"))]


CHOICES = "\n".join(
    [f"{part}(X) :- {part}{number}(X)." for part in "abcde" for number in range(4)]
    + ["all(X) :- a(X), b(X), c(X), d(X), e(X).", "two(X) :- a(X), b(X)."]
)


def test_a_search_that_ends_early_says_so() -> None:
    db = session(CHOICES)
    refusal = db.why_not("all", 1)
    assert refusal.json()["search"] == {"trials": 64, "cut_short": True, "most_edits": 4}
    assert refusal.text().splitlines()[-1] == "  no repair of at most 4 changes was found in 64 tries"
    assert words(db.why_not("two", 1, repairs=1)) == ["add a0(1); add b0(1)"]


def test_a_budget_holds_for_all_tries_together() -> None:
    text = "p(X) :- e(X, Y), e(Y, Z), s(Z), t(Z).\nlate(X) :- t(X), not p(X)."
    db = session(text, *(("e", a, b) for a in range(20) for b in range(20)))
    assert len(db.why_not("p", 1).repairs) == 5
    assert db.why_not("p", 1, budget=Budget(steps=1_000)).json()["search"] == {
        "trials": 3, "cut_short": True, "most_edits": 4
    }  # fmt: skip
