"""Modules over live facts: what they cost, what is refused and how completely, and what they leave behind."""

from __future__ import annotations

import gc
import weakref

import pytest

from datalox import ANY, Budget, Change, DatalogError, Program, Session, Symbol

CORE = """
.decl node(n: text, status: text) key(n)
.decl beat(n: text, at: int)
.extensible blocked/1
up(N) :- node(N, up).
usable(N) :- up(N), not blocked(N).
crowd(K) :- count(N, usable(N), K).
late(N) :- beat(N, T), now(W), W - T > 30.
.decl link(a: text, b: text)
reach(X, Y) :- link(X, Y).
reach(X, Z) :- reach(X, Y), link(Y, Z).
"""


def program(text: str, name: str = "mine.dl") -> Program:
    return Program.parse(text, name)


@pytest.fixture
def db() -> Session:
    made = Session(program(CORE, "core.dl"))
    with made.transaction(now=100) as tx:
        tx.assert_all("node", [(f"n{number}", "up") for number in range(200)])
        tx.assert_all("beat", [(f"n{number}", number) for number in range(200)])
    return made


def codes(refused: pytest.ExceptionInfo[DatalogError]) -> list[str]:
    return [found.code for found in refused.value.diagnostics]


def test_a_rule_over_an_unrelated_predicate_touches_no_row_of_a_large_database() -> None:
    db = Session(program(CORE + ".decl seldom(x: text)", "core.dl"))
    with db.transaction(now=100) as tx:
        tx.assert_all("node", [(f"n{number}", "up") for number in range(50_000)])
        tx.assert_all("beat", [(f"n{number}", number) for number in range(50_000)])
        tx.assert_("seldom", "x")
    nodes = db._engine.network.nodes
    kept = {name: node.relation for name, node in nodes.items()}
    before = db.stats()
    assert db.load(program("rare(X) :- seldom(X), not up(X).")) == {"rare": Change({(Symbol("x"),)})}
    db.replace("mine.dl", program("% again\nrare(X) :- seldom(X).\nmore(X) :- rare(X)."))
    db.remove("mine.dl")
    after = db.stats()
    assert after["touched"] - before["touched"] < 10
    assert after["read"] - before["read"] < 10
    assert {name: db._engine.network.nodes[name].relation is kept[name] for name in kept} == dict.fromkeys(
        kept, True
    )


def test_a_rule_added_to_a_predicate_costs_its_own_conclusions(db: Session) -> None:
    before = db.stats()
    changes = db.load(program("blocked(N) :- beat(N, T), T >= 198."))
    assert changes["usable"] == Change(set(), {(Symbol("n198"),), (Symbol("n199"),)})
    assert changes["crowd"] == Change({(198,)}, {(200,)})
    read = db.stats()["rules"]["blocked/1 mine.dl:1:1"]["read"]
    after = db.stats()
    assert read == 200
    assert after["read"] - before["read"] - read < 10
    assert after["touched"] - before["touched"] < 10


def test_what_a_module_says_of_live_facts_is_refused_all_at_once_and_changes_nothing(db: Session) -> None:
    db.load(program(".decl seen(n: any, at: int) .decl kept(n: text)", "facts.dl"))
    with db.transaction() as tx:
        tx.assert_all("seen", [("n1", 1), (2, 2), (3, 2)])
        tx.assert_("kept", "k")
    before = repr(db), db.modules()
    with pytest.raises(DatalogError) as refused:
        db.replace("facts.dl", program(".decl seen(n: int, at: int) key(at)", "facts.dl"))
    assert codes(refused) == ["unknown-predicate", "bad-value", "key-conflict"]
    assert all(found.hint for found in refused.value.diagnostics)
    with pytest.raises(DatalogError) as refused:
        db.replace("facts.dl", program(".decl seen(n: any) .decl kept(n: text)", "facts.dl"))
    assert codes(refused) == ["arity"]
    assert (repr(db), db.modules()) == before
    assert len(list(db.query("seen", ANY, ANY))) == 3


def test_a_key_that_live_facts_bear_takes_effect(db: Session) -> None:
    db.replace("core.dl", program(CORE.replace("at: int)", "at: int) key(n)"), "core.dl"))
    with db.transaction() as tx:
        tx.replace("beat", key="n7", row=("n7", 1))
    assert list(db.query("beat", "n7", ANY)) == [(Symbol("n7"), 1)]
    assert len(list(db.query("beat", ANY, ANY))) == 200


def test_a_module_beyond_the_budget_leaves_everything_as_it_was() -> None:
    db = Session(program("q(X) :- p(X).", "core.dl"), budget=Budget(derived=100))
    with db.transaction() as tx:
        tx.assert_all("p", [(number,) for number in range(20)])
    with pytest.raises(DatalogError) as refused:
        db.load(program("pair(X, Y) :- q(X), q(Y)."))
    assert codes(refused) == ["budget"]
    with pytest.raises(DatalogError) as refused:
        db.load(program("up(X) :- p(X). up(X + 1) :- up(X)."))
    assert codes(refused) == ["budget"]
    assert [module.name for module in db.modules()] == ["core.dl"]
    assert db.load(program("few(X) :- q(X), X < 3."))["few"] == Change({(0,), (1,), (2,)})
    assert db.remove("mine.dl")["few"] == Change(set(), {(0,), (1,), (2,)})


def test_a_refused_module_leaves_the_rest_of_a_transaction(db: Session) -> None:
    with db.transaction() as tx:
        tx.assert_("node", "n900", "up")
        with pytest.raises(DatalogError):
            tx.load(program("wrong(N) :- nodes(N)."))
        tx.load(program("first(N) :- node(N, _), not usable(N)."))
        tx.assert_("node", "n901", "down")
    assert tx.changes["first"] == Change({(Symbol("n901"),)})
    assert tx.changes["crowd"] == Change({(201,)}, {(200,)})


def test_a_transaction_that_fails_takes_its_modules_with_it(db: Session) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction() as tx:
        tx.load(program("first(N) :- usable(N)."))
        tx.remove("mine.dl")
        tx.load(program("first(N) :- up(N)."))
        raise ZeroDivisionError
    assert [module.name for module in db.modules()] == ["core.dl"]
    with pytest.raises(DatalogError, match="no predicate first"):
        db.query("first", ANY)


def test_versions_count_the_texts_of_a_name(db: Session) -> None:
    db.load(program("a(N) :- up(N)."))
    db.replace("mine.dl", program("a(N) :- usable(N)."))
    with db.what_if() as w:
        w.replace("mine.dl", program("b(N) :- usable(N)."))
        assert [(m.name, m.version) for m in db.modules()] == [("core.dl", 1), ("mine.dl", 3)]
    assert [(m.name, m.version) for m in db.modules()] == [("core.dl", 1), ("mine.dl", 2)]
    db.remove("mine.dl")
    db.load(program("a(N) :- up(N)."))
    assert [(m.name, m.version) for m in db.modules()] == [("core.dl", 1), ("mine.dl", 3)]


def test_a_transaction_waits_while_a_hypothesis_inside_it_is_open(db: Session) -> None:
    with db.transaction() as outer:
        with db.what_if() as inner:
            inner.load(program("a(N) :- up(N)."))
            with pytest.raises(DatalogError, match="inside"):
                outer.assert_("node", "n900", "up")
            with pytest.raises(DatalogError, match="inside"):
                outer.remove("core.dl")
        outer.assert_("node", "n900", "up")
    assert tx_names(outer.changes) == {"crowd", "node", "up", "usable"}


def tx_names(changes: dict[str, Change]) -> set[str]:
    return set(changes)


def test_proofs_in_a_hypothesis_name_its_rules(db: Session) -> None:
    with db.what_if() as w:
        w.load(program("% nobody works on sevens\nblocked(n7) :- up(n7)."))
        w.replace("node", key="n1", row=("n1", "down"))
        proof = w.explain("blocked", "n7")
        refusal = w.why_not("usable", "n7")
        assert [str(row["N"]) for row in w.ask("up(N), not usable(N)")] == ["n7"]
    assert proof is not None
    assert (proof.rule, proof.comment) == ("mine.dl:2", "nobody works on sevens")
    assert "blocked(n7)" in refusal.text()
    assert w.changes["crowd"] == Change({(198,)}, {(200,)})
    assert w.changes["blocked"] == Change({(Symbol("n7"),)})
    assert list(db.ask("up(N), not usable(N)")) == []
    assert db.explain("usable", "n7") is not None


def test_facts_of_texts_yield_to_live_ones_and_outlive_their_text_if_asserted() -> None:
    core = ".decl setting(name: text, value: int) key(name)\nlarge(N) :- setting(N, V), V > 5.\n"
    db = Session(program(core, "core.dl"))
    with db.transaction() as tx:
        tx.assert_("setting", "width", 3)
        tx.assert_("setting", "depth", 4)
    db.load(program("setting(width, 9). setting(height, 9). setting(depth, 4)."))
    assert [(str(n), v) for n, v in db.query("setting", ANY, ANY)] == [
        ("depth", 4),
        ("height", 9),
        ("width", 3),
    ]
    with db.what_if() as w:
        w.assert_("setting", "height", 9)
    db.remove("mine.dl")
    assert [(str(n), v) for n, v in db.query("setting", ANY, ANY)] == [("depth", 4), ("width", 3)]


def test_a_moved_rule_keeps_its_counters_under_its_new_place(db: Session) -> None:
    db.load(program("bad(N) :- beat(N, T), 1 / (T - 5) > 2."))
    assert db.diagnostics["bad/1 mine.dl:1:1"] == {"division-by-zero": 1}
    db.replace("mine.dl", program("% a comment\n\nbad(N) :- beat(N, T), 1 / (T - 5) > 2."))
    assert list(db.diagnostics) == ["bad/1 mine.dl:3:1"]
    proof = db.explain("bad", "n5") or db.explain("bad", "n6")
    assert proof is None or proof.rule == "mine.dl:3"


def test_rules_that_come_and_go_leave_no_garbage(db: Session) -> None:
    engines = []
    for number in range(5):
        db.load(program(f"odd(N) :- beat(N, T), T mod 2 = 1, T > {number}."))
        list(db.ask("odd(N), usable(N)"))
        engines.append(weakref.ref(db._engine))
        with db.what_if() as w:
            w.load(program("even(N) :- usable(N), not odd(N).", "even.dl"))
            list(w.ask("even(N)"))
            engines.append(weakref.ref(db._engine))
        db.remove("mine.dl")
        engines.append(weakref.ref(db._engine))
    del w
    gc.collect()
    assert [ref for ref in engines if ref() is not None] == [engines[-1]]
