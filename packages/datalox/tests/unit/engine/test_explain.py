"""Proofs and refusals say what is, where it is written, and with which values."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from datalox import ANY, Program, Refusal, Session, Symbol
from datalox.explain import render
from datalox.explain.blockers import blockers

RULES = """
.decl node(n: text, status: text) key(n)
.decl free(n: text, memory: int) key(n)
.decl wants(w: text, memory: int) key(w)
.decl beat(n: text, at: int) key(n)

% not heard from for half a minute
stale(N) :- beat(N, T), now(W), W - T > 30.
healthy(N) :- node(N, available), not stale(N).
.demand fits(+, +)
fits(W, N) :- healthy(N), wants(W, M), free(N, Free), Free >= M.
healthy_count(K) :- count(N, healthy(N), K).
path(X, Y) :- edge(X, Y).
path(X, Z) :- path(X, Y), path(Y, Z).
.decl edge(a: text, b: text)
"""


@pytest.fixture
def db() -> Session:
    made = Session(Program.parse(RULES, name="rules.dl"))
    with made.transaction(now=100) as tx:
        for name, status, memory, at in (
            ("a", "available", 6144, 90),
            ("b", "draining", 9000, 90),
            ("c", "available", 1, 1),
        ):
            tx.assert_("node", name, status)
            tx.assert_("free", name, memory)
            tx.assert_("beat", name, at)
        tx.assert_("wants", "big", 65536)
        tx.assert_("wants", "small", 10)
        for first, second in ("xy", "yz", "zx", "xz"):
            tx.assert_("edge", first, second)
    return made


def test_a_proof_reads_like_the_rules(db: Session) -> None:
    proof = db.explain("fits", "small", "a")
    assert proof is not None
    assert proof.text().splitlines() == [
        "fits(small, a)  [rules.dl:11]",
        "  | fits(W, N) :- healthy(N), wants(W, M), free(N, Free), Free >= M.",
        "  with M=10, Free=6144",
        "  healthy(a)  [rules.dl:9]",
        "    | healthy(N) :- node(N, available), not stale(N).",
        "    node(a, available)  [fact]",
        "    not stale(a)  [nothing matches]",
        "  wants(small, 10)  [fact]",
        "  free(a, 6144)  [fact]",
        "  6144 >= 10",
    ]
    assert {name: str(value) for name, value in proof.bindings.items()} == {
        "W": "small", "N": "a", "M": "10", "Free": "6144"
    }  # fmt: skip


def test_a_proof_carries_the_plain_words_of_its_rule(db: Session) -> None:
    proof = db.explain("stale", "c")
    assert proof is not None
    assert proof.comment == "not heard from for half a minute"
    assert [child.kind for child in proof.children] == ["fact", "clock", "comparison"]
    assert json.loads(json.dumps(proof.json()))["bindings"] == {"N": "c", "T": 1, "W": 100}


def test_what_was_shown_in_full_is_named_from_then_on() -> None:
    db = Session(
        Program.parse("up(N) :- beat(N).\nfit(N) :- up(N), room(N).\nbest(N) :- up(N), fit(N).", "r.dl")
    )
    with db.transaction() as tx:
        tx.assert_("beat", "a")
        tx.assert_("room", "a")
    proof = db.explain("best", "a")
    assert proof is not None
    assert proof.text().count('beat("a")') == 1
    assert '    up("a")  [r.dl:1, shown above]' in proof.text().splitlines()


def test_a_proof_kept_as_json_reads_the_same(db: Session) -> None:
    proof = db.explain("stale", "c")
    assert proof is not None
    assert render(json.loads(json.dumps(proof.json()))) == proof.text()
    assert proof.text().splitlines() == [
        "stale(c)  [rules.dl:8]  % not heard from for half a minute",
        "  | stale(N) :- beat(N, T), now(W), W - T > 30.",
        "  with T=1, W=100",
        "  beat(c, 1)  [fact]",
        "  now(100)  [clock]",
        "  100 - 1 > 30",
    ]


def test_a_refusal_reads_like_a_proof(db: Session) -> None:
    refusal = db.why_not("fits", "big", "c", repairs=0)
    assert render(json.loads(json.dumps(refusal.json()))) == refusal.text()
    assert refusal.text().splitlines() == [
        "fits(big, c) does not hold",
        "  [rules.dl:11]",
        "    NO   healthy(c) does not hold",
        "    | fits(W, N) :- healthy(N), wants(W, M), free(N, Free), Free >= M.",
        "      healthy(c) does not hold",
        "        [rules.dl:9]",
        "          yes  node(c, available)",
        "          NO   not stale(c) fails",
        "          | healthy(N) :- node(N, available), not stale(N).",
        "            stale(c)  [rules.dl:8]  % not heard from for half a minute",
        "              | stale(N) :- beat(N, T), now(W), W - T > 30.",
        "              with T=1, W=100",
        "              beat(c, 1)  [fact]",
        "              now(100)  [clock]",
        "              100 - 1 > 30",
    ]


def test_aggregates_show_what_they_range_over(db: Session) -> None:
    proof = db.explain("healthy_count", 1)
    assert proof is not None
    (aggregate,) = proof.children
    assert aggregate.kind == "aggregate"
    assert [str(row[0]) for row in aggregate.inputs] == ["a"]
    assert aggregate.children[0].statement == "healthy(a)"


def test_the_lowest_proof_is_preferred_and_cycles_do_not_matter(db: Session) -> None:
    direct = db.explain("path", "x", "z")
    around = db.explain("path", "x", "x")
    assert direct is not None
    assert around is not None
    assert direct.height == 1
    assert around.height == 2
    assert around.verify(db)


def test_what_does_not_hold_has_no_proof(db: Session) -> None:
    assert db.explain("healthy", "b") is None


def test_proofs_are_checked_again(db: Session) -> None:
    proof = db.explain("healthy", "a")
    assert proof is not None
    assert proof.verify(db)
    assert not replace(proof, row=("b",)).verify(db)
    assert not replace(proof, children=()).verify(db)
    with db.transaction(now=500):
        pass
    assert not proof.verify(db)
    with db.transaction(now=100) as tx:
        tx.assert_("node", "a", "gone")
    assert not proof.verify(db)


def test_why_not_names_the_first_failing_literal_with_its_values(db: Session) -> None:
    refusal = db.why_not("fits", "big", "a")
    assert not refusal.holds
    (rule,) = refusal.rules
    assert rule.satisfied == ("healthy(a)", "wants(big, 65536)", "free(a, 6144)")
    assert rule.reason == "6144 >= 65536 fails (Free=6144, M=65536)"
    assert json.loads(json.dumps(refusal.json()))["rules"][0]["progress"] == 3


def test_why_not_goes_on_into_derived_literals(db: Session) -> None:
    (rule,) = db.why_not("fits", "small", "b").rules
    assert isinstance(rule.because, Refusal)
    assert rule.because.rules[0].reason == "node(b, available) does not hold"
    assert rule.because.rules[0].near == ("node(b, draining)",)


def test_why_not_proves_what_a_negation_met(db: Session) -> None:
    (rule,) = db.why_not("healthy", "c").rules
    assert rule.failed == "not stale(c)"
    assert rule.because is not None
    assert "100 - 1 > 30" in rule.because.text()


def test_why_not_reports_the_deepest_binding_of_a_pattern(db: Session) -> None:
    assert db.why_not("healthy", ANY).holds
    with db.transaction(now=1000):
        pass
    refusal = db.why_not("healthy", ANY)
    assert refusal.rules[0].satisfied == ("node(a, available)",)
    assert db.why_not("node", "nobody", ANY).note


def test_proofs_may_be_as_deep_as_the_data_is_long() -> None:
    db = Session(Program.parse("path(X, Y) :- edge(X, Y). path(X, Z) :- path(X, Y), edge(Y, Z).", name="p"))
    with db.transaction() as tx:
        tx.assert_all("edge", [(number, number + 1) for number in range(300)])
    proof = db.explain("path", 0, 300)
    assert proof is not None
    assert proof.height == 300
    assert proof.verify(db)
    assert len(proof.text().splitlines()) == 299 * 4 + 3
    assert proof.json()["children"][1]["row"] == [299, 300]


def test_a_computed_column_of_the_head_that_differs_is_told() -> None:
    db = Session(Program.parse("next(X, Y + 1) :- e(X, Y). fits(X) :- e(X, Y), next(X, Y + 1).", "n.dl"))
    with db.transaction() as tx:
        tx.assert_("e", "a", 5)
        tx.assert_("e", "b", "c")
    assert db.why_not("next", "a", 9).rules[0].reason == "the head has 5 + 1 there, not 9"
    assert db.why_not("fits", "b").rules[0].reason == '"c" + 1 cannot be computed'


def test_blockers_are_what_must_change_first(db: Session) -> None:
    small, big, a, b, c = map(Symbol, ("small", "big", "a", "b", "c"))
    assert blockers(db._engine, "fits", (small, a)) == frozenset()
    assert blockers(db._engine, "fits", (small, b)) == {("healthy", (b,))}
    assert blockers(db._engine, "fits", ("nothing", c)) == {("healthy", (c,))}
    assert blockers(db._engine, "fits", ("nothing", a)) == {("wants", (Symbol("nothing"), ANY))}
    assert blockers(db._engine, "fits", (big, a)) == {("wants", (big, ANY)), ("free", (a, ANY))}
