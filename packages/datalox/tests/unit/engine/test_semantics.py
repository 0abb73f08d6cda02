"""Every line of the semantics, one test each."""

from __future__ import annotations

import math
from typing import Any

import pytest

from datalox import ANY, Budget, Change, DatalogError, Program, Session, Symbol


def session(text: str, **options: Any) -> Session:
    return Session(Program.parse(text, name="rules.dl"), **options)


def rows(db: Session, name: str, width: int) -> list[tuple[Any, ...]]:
    return list(db.query(name, *[ANY] * width))


def add(db: Session, name: str, *facts: tuple[Any, ...], now: float | None = None) -> dict[str, Change]:
    with db.transaction(now=now) as tx:
        for fact in facts:
            tx.assert_(name, *fact)
    return tx.changes


def codes(refused: pytest.ExceptionInfo[DatalogError]) -> list[str]:
    return [found.code for found in refused.value.diagnostics]


def test_asserting_twice_is_idempotent_and_only_net_differences_are_reported() -> None:
    db = session("q(X) :- p(X).")
    assert add(db, "p", (1,), (1,)) == {"p": Change({(1,)}), "q": Change({(1,)})}
    assert add(db, "p", (1,)) == {}
    with db.transaction() as tx:
        tx.retract("p", 1)
        tx.assert_("p", 1)
    assert tx.changes == {}


def test_an_asserted_fact_is_one_more_derivation() -> None:
    db = session("q(X) :- p(X).")
    add(db, "q", (1,))
    add(db, "p", (1,))
    with db.transaction() as tx:
        assert tx.retract("q", 1) == "retracted"
    assert tx.changes == {}
    with db.transaction() as tx:
        assert tx.retract("q", 1) == "derived"
        assert tx.retract("q", 2) == "absent"
    assert tx.changes == {}
    with db.transaction() as tx:
        tx.retract("p", 1)
    assert tx.changes["q"] == Change(set(), {(1,)})


def test_a_failed_transaction_leaves_everything_as_it_was() -> None:
    db = session("q(X) :- p(X), not r(X). n(N) :- count(X, q(X), N).")
    add(db, "p", (1,), (2,))
    with pytest.raises(RuntimeError), db.transaction() as tx:
        tx.assert_("r", 1)
        assert list(tx.query("q", ANY)) == [(2,)]
        raise RuntimeError
    assert rows(db, "q", 1) == [(1,), (2,)]
    assert rows(db, "n", 1) == [(2,)]


def test_arity_is_part_of_a_predicate() -> None:
    db = session("q(X) :- p(X).")
    with pytest.raises(DatalogError) as refused, db.transaction() as tx:
        tx.assert_("p", 1, 2)
    assert codes(refused) == ["arity"]
    with pytest.raises(DatalogError):
        session("q(X) :- p(X). q(X, X) :- p(X).")


def test_a_declared_key_gives_upsert() -> None:
    db = session(".decl beat(n: text, at: int) key(n)\nlate(N) :- beat(N, T), T < 10.")
    add(db, "beat", ("a", 1))
    with db.transaction() as tx:
        tx.replace("beat", key=("a",), row=("a", 20))
    a = Symbol("a")
    assert tx.changes == {"beat": Change({(a, 20)}, {(a, 1)}), "late": Change(set(), {(a,)})}
    with db.transaction() as tx:
        tx.assert_("beat", "a", 5)
        tx.replace("beat", key="a", row=("a", 6))
        tx.retract("beat", "a", 20)
    assert rows(db, "beat", 2) == [(a, 6)]
    with pytest.raises(DatalogError) as refused, db.transaction() as tx:
        tx.replace("late", key=("a",), row=("a",))
    assert codes(refused) == ["no-key"]


def test_assignment_works_in_any_written_order() -> None:
    db = session("q(Z) :- Z = Y + 1, Y = X * 2, p(X). t(X) :- p(X), 4 = X.")
    add(db, "p", (4,))
    assert rows(db, "q", 1) == [(9,)]
    assert rows(db, "t", 1) == [(4,)]


def test_integral_floats_are_integers() -> None:
    db = session("q(X) :- a(X), b(X). d(X) :- a(X), b(Y), X != Y. h(X / 2) :- a(X).")
    add(db, "a", (1,), (4,))
    add(db, "b", (1.0,), (1,))
    assert rows(db, "b", 1) == [(1,)]
    assert rows(db, "q", 1) == [(1,)]
    assert rows(db, "d", 1) == [(4,)]
    assert [type(value) for (value,) in rows(db, "h", 1)] == [float, int]


def test_real_and_floor_division() -> None:
    db = session("q(A, B, C) :- p(X, Y), A = X / Y, B = X // Y, C = X mod Y.")
    add(db, "p", (7, 2), (-7, 2))
    assert rows(db, "q", 3) == [(-3.5, -4, 1), (3.5, 3, 1)]


def test_what_cannot_be_computed_is_false_and_counted() -> None:
    db = session("q(Z) :- p(X, Y), Z = X / Y. s(Z) :- p(X, Y), Z = X + Y. o(X) :- p(X, Y), X < Y.")
    add(db, "p", (1, 0), ("a", "b"), (6, 3), (1, "b"))
    assert rows(db, "q", 1) == [(2,)]
    assert rows(db, "s", 1) == [(1,), (9,)]
    assert rows(db, "o", 1) == [("a",)]
    faults = {kind: count for found in db.diagnostics.values() for kind, count in found.items()}
    assert faults.keys() == {"division-by-zero", "not-a-number", "cross-kind"}


def test_nan_and_infinity_are_refused_at_the_door() -> None:
    db = session("q(X) :- p(X).")
    for value in (float("nan"), float("inf"), None, [1]):
        with pytest.raises(DatalogError) as refused, db.transaction() as tx:
            tx.assert_("p", value)
        assert codes(refused) == ["bad-value"]
    assert rows(db, "p", 1) == []


def test_strings_and_symbols_differ_unless_declared_text() -> None:
    db = session("q(X) :- p(X), r(X). a(X) :- p(X), X < b.")
    add(db, "p", ("a",), (Symbol("b"),))
    add(db, "r", (Symbol("a"),), (Symbol("b"),))
    assert rows(db, "q", 1) == [(Symbol("b"),)]
    assert rows(db, "a", 1) == [("a",)]
    declared = session('.decl p(x: text)\n.decl r(x: text)\nq(X) :- p(X), r(X). s() :- p("b").')
    add(declared, "p", ("a",), ("b",))
    add(declared, "r", (Symbol("a"),))
    assert rows(declared, "q", 1) == [(Symbol("a"),)]
    assert rows(declared, "s", 0) == [()]


def test_booleans_are_the_symbols_true_and_false() -> None:
    db = session("q(X) :- p(X, true).")
    add(db, "p", (1, True), (2, False))
    assert rows(db, "q", 1) == [(1,)]


def test_count_counts_distinct_values_and_sum_ranges_over_distinct_rows() -> None:
    db = session(
        "c(N) :- count(X, sale(_, X), N). t(S) :- sum(X, sale(_, X), S). a(S) :- avg(X, sale(_, X), S)."
    )
    add(db, "sale", (1, 100), (2, 100), (3, 40))
    assert (rows(db, "c", 1), rows(db, "t", 1), rows(db, "a", 1)) == ([(2,)], [(240,)], [(80,)])


def test_aggregates_over_nothing() -> None:
    db = session("""
        c(N) :- count(X, p(X, _), N).  s(N) :- sum(X, p(X, _), N).
        lo(N) :- min(X, p(X, _), N).   hi(N) :- max(X, p(X, _), N).  av(N) :- avg(X, p(X, _), N).
        per(G, N) :- g(G), count(X, p(X, G), N).  seen(G, N) :- count(X, p(X, G), N).
        best(G, N) :- g(G), max(X, p(X, G), N).
    """)
    add(db, "g", ("one",))
    assert (rows(db, "c", 1), rows(db, "s", 1)) == ([(0,)], [(0,)])
    assert rows(db, "lo", 1) == rows(db, "hi", 1) == rows(db, "av", 1) == []
    assert (rows(db, "per", 2), rows(db, "seen", 2), rows(db, "best", 2)) == ([("one", 0)], [], [])
    add(db, "p", (3, "one"), (4, "one"), (5, "two"))
    assert rows(db, "per", 2) == [("one", 2)]
    assert rows(db, "seen", 2) == [("one", 2), ("two", 1)]
    assert rows(db, "best", 2) == [("one", 4)]
    with db.transaction() as tx:
        tx.retract("p", 4, "one")
    assert tx.changes["best"] == Change({("one", 3)}, {("one", 4)})


def test_float_sums_return_to_exactly_zero() -> None:
    db = session("t(S) :- sum(X, p(_, X), S).")
    values = [(number, value) for number, value in enumerate((0.1, 0.2, 0.3, 1e15, 0.7, 3))]
    add(db, "p", *values)
    assert rows(db, "t", 1) == [(math.fsum(value for _, value in values),)]
    with db.transaction() as tx:
        for row in values:
            tx.retract("p", *row)
    assert rows(db, "t", 1) == [(0,)]


def test_an_aggregate_that_stays_causes_nothing_downstream() -> None:
    db = session("hi(M) :- max(X, p(X), M). big(M) :- hi(M), M > 3.")
    add(db, "p", (9,))
    calls = db.stats()["rules"]
    before = {
        label: counters["calls"] for label, counters in calls.items() if label.startswith(("big", "hi"))
    }
    assert add(db, "p", (5,)) == {"p": Change({(5,)})}
    after = {label: c["calls"] for label, c in db.stats()["rules"].items() if label.startswith(("big", "hi"))}
    assert before == after


def test_several_aggregates_in_one_rule_and_their_results_in_it() -> None:
    db = session("r(H / T) :- count(X, every(X), T), count(X, up(X), H), T > 0.")
    assert rows(db, "r", 1) == []
    add(db, "every", (1,), (2,))
    add(db, "up", (1,))
    assert rows(db, "r", 1) == [(0.5,)]


def test_an_aggregate_over_the_rest_of_the_body() -> None:
    db = session("""
        load(Node, S) :- placed(W, Node), size(W, C), S = sum(C).
        crowded(Node) :- placed(W, Node), N = count(W), N >= 2.
        total(N) :- placed(W, _), N = count(W).
        .demand heavy(+)
        heavy(Node) :- placed(W, Node), size(W, C), S = sum(C), S > 5.
    """)
    assert rows(db, "total", 1) == [(0,)]
    add(db, "placed", ("a", "n"), ("b", "n"), ("c", "m"))
    add(db, "size", ("a", 4), ("b", 4), ("c", 1))
    assert rows(db, "load", 2) == [("m", 1), ("n", 8)]
    assert rows(db, "crowded", 1) == [("n",)]
    assert rows(db, "total", 1) == [(3,)]
    assert list(db.query("heavy", "n")) == [("n",)]
    assert list(db.query("heavy", "m")) == []
    proof = db.explain("load", "n", 8)
    assert proof is not None
    assert proof.verify(db)


def test_collect_gathers_sorted_values() -> None:
    db = session("every(L) :- collect(X, p(X, _), L).")
    add(db, "p", ("b", 1), ("a", 1), ("a", 2))
    assert rows(db, "every", 1) == [(("a", "a", "b"),)]


def test_the_clock_is_exact_at_the_boundary_and_may_jump_back() -> None:
    db = session("stale(N) :- beat(N, T), now(W), W - T >= 30.")
    add(db, "beat", ("n", 100))
    assert rows(db, "stale", 1) == []
    assert add(db, "x", now=129.75) == {}
    assert add(db, "x", now=130)["stale"] == Change({("n",)})
    assert add(db, "x", now=50)["stale"] == Change(set(), {("n",)})
    assert add(db, "x", now=10**9)["stale"] == Change({("n",)})
    with db.transaction() as tx:
        tx.set_now(None)
    assert tx.changes["stale"] == Change(set(), {("n",)})
    assert db.now is None


def test_a_fact_refreshed_inside_its_window_changes_nothing_else() -> None:
    db = session(".decl beat(n: text, at: int) key(n)\nstale(N) :- beat(N, T), now(W), W - T > 30.")
    add(db, "beat", ("n", 100), now=120)
    with db.transaction(now=140) as tx:
        tx.replace("beat", key=("n",), row=("n", 139))
    assert tx.changes.keys() == {"beat"}


def test_time_that_cannot_be_isolated_is_joined_at_the_tick() -> None:
    db = session("age(N, W - T) :- beat(N, T), now(W). sq(N) :- beat(N, T), now(W), W * W > T.")
    add(db, "beat", ("n", 100), now=5)
    assert rows(db, "age", 2) == [("n", -95)]
    assert add(db, "x", now=11) == {"age": Change({("n", -89)}, {("n", -95)}), "sq": Change({("n",)})}


def test_demand_predicates_take_what_the_caller_binds() -> None:
    db = session("""
        .demand violated(+,+)
        .extensible violated/2
        violated(W, N) :- wants(W, :group, G), placed(O, N), wants(O, :group, G), O != W.
        violated(W, N) :- count(O, placed(O, N), K), K >= 5.
        .demand can_place/2
        can_place(W, N) :- pending(W), node(N), not violated(W, N).
    """)
    group = Symbol("group")
    add(db, "node", ("n1",), ("n2",), ("n3",))
    add(db, "pending", ("w",))
    add(db, "wants", ("w", group, "g"), ("o", group, "g"))
    add(db, "placed", ("o", "n1"), *[(number, "n2") for number in range(5)])
    assert list(db.query("can_place", ANY, ANY)) == [("w", "n3")]
    assert list(db.query("violated", "anything", "n2")) == [("anything", "n2")]
    with pytest.raises(DatalogError) as refused:
        db.query("violated", "w", ANY)
    assert codes(refused) == ["mode"]
    assert "argument 2" in str(refused.value)
    for node in ("n1", "n2"):
        proof = db.explain("violated", "w", node)
        assert proof is not None
        assert proof.verify(db)


def test_recursive_demand_predicates_terminate_on_cycles() -> None:
    db = session(".demand reach(+,-)\nreach(X, Y) :- edge(X, Y).\nreach(X, Z) :- reach(X, Y), edge(Y, Z).")
    add(db, "edge", (1, 2), (2, 3), (3, 1), (4, 5))
    assert list(db.query("reach", 1, ANY)) == [(1, 1), (1, 2), (1, 3)]
    assert list(db.query("reach", 4, 5)) == [(4, 5)]


def test_recursion_follows_insertions_and_deletions() -> None:
    db = session(
        "path(X, Y) :- edge(X, Y). path(X, Z) :- path(X, Y), edge(Y, Z). far(X) :- path(X, Y), path(Y, X)."
    )
    add(db, "edge", (1, 2), (2, 3))
    assert add(db, "edge", (3, 1))["far"] == Change({(1,), (2,), (3,)})
    with db.transaction() as tx:
        tx.retract("edge", 2, 3)
    assert tx.changes["far"] == Change(set(), {(1,), (2,), (3,)})
    assert rows(db, "path", 2) == [(1, 2), (3, 1), (3, 2)]


def test_a_rule_may_read_one_relation_many_times() -> None:
    db = session("q(X) :- e(X, Y), e(Y, Z), e(Z, X), not e(Y, X), not e(X, X).")
    assert add(db, "e", (1, 2), (2, 3), (3, 1))["q"] == Change({(1,), (2,), (3,)})
    assert add(db, "e", (2, 1))["q"] == Change(set(), {(1,)})


def test_budgets_stop_what_never_ends() -> None:
    db = session("n(X + 1) :- n(X).", budget=Budget(derived=500))
    with pytest.raises(DatalogError) as refused:
        add(db, "n", (0,))
    assert codes(refused) == ["budget"]
    assert rows(db, "n", 1) == []
    join = session("q(X, Y) :- p(X), p(Y).", budget=Budget(steps=1000))
    add(join, "p", *[(number,) for number in range(20)])
    with pytest.raises(DatalogError):
        add(join, "p", *[(number,) for number in range(200)])
    assert len(rows(join, "q", 2)) == 400


def test_an_unknown_predicate_is_named_with_its_neighbours() -> None:
    db = session(".decl node(n: text)\nok(N) :- node(N).")
    with pytest.raises(DatalogError) as refused, db.transaction() as tx:
        tx.assert_("nodes", "a")
    assert codes(refused) == ["unknown-predicate"]
    assert "node/1" in str(refused.value)
    with pytest.raises(DatalogError):
        db.query("nodes", ANY)


def test_variables_may_have_any_name_and_rules_stand_on_one_line() -> None:
    db = session(
        "q(ONCE, TypeError) :- p(ONCE, TypeError), TypeError < 3, BIG = 1."
        " r(None) :- q(_, None), None + LARGEST = 3, p(_, LARGEST)."
    )
    add(db, "p", (7, 2), (8, 1))
    assert rows(db, "q", 2) == [(7, 2), (8, 1)]
    assert rows(db, "r", 1) == [(1,), (2,)]
    assert sum(label.startswith(("q/2 ", "r/1 ")) for label in db.stats()["rules"]) == 2


def test_long_bodies_work_up_to_a_stated_limit() -> None:
    chain = [f"e(X{number}, X{number + 1})" for number in range(18)]
    db = session(f"far(X0, X18) :- {', '.join(chain)}.")
    add(db, "e", *[(number, number + 1) for number in range(19)])
    assert rows(db, "far", 2) == [(0, 18), (1, 19)]
    with pytest.raises(DatalogError) as refused:
        session(f"far(X0) :- {', '.join(chain)}, e(X18, X19).")
    assert codes(refused) == ["long-body"]
