"""Demand goals: calls of predicates with one rule are inlined, and what is asserted of them still counts."""

from __future__ import annotations

from datalox import ANY, Program, Session

RULES = """
.decl item(n: text, size: number)
.demand fits(+, -)
fits(S, N) :- item(N, A), A <= S.
.demand pick(+, -, -)
pick(S, N, D) :- fits(S, N), double(N, D).
.demand double(+, -)
double(N, A * 2) :- item(N, A).
.demand odd_one(+)
odd_one(S) :- fits(S, _), not fits(S, a).
"""


def session() -> Session:
    db = Session(Program.parse(RULES, name="picks.dl"))
    with db.transaction() as tx:
        tx.assert_all("item", (("a", 3), ("b", 5)))
    return db


def picks(db: Session, size: int) -> list[tuple[str, object]]:
    return [(str(name), double) for _, name, double in db.query("pick", size, ANY, ANY)]


def test_a_call_of_a_predicate_with_one_rule_is_part_of_the_body() -> None:
    db = session()
    assert picks(db, 4) == [("a", 6)]
    assert picks(db, 9) == [("a", 6), ("b", 10)]
    assert "answers_fits" not in db.source()


def test_facts_asserted_of_an_inlined_predicate_count_while_they_are_there() -> None:
    db = session()
    assert picks(db, 0) == []
    with db.what_if() as world:
        world.assert_("fits", 0, "b")
        assert picks(world, 0) == [("b", 10)]  # type: ignore[arg-type]
        world.assert_("double", "b", 7)
        assert picks(world, 0) == [("b", 7), ("b", 10)]  # type: ignore[arg-type]
        world.retract("fits", 0, "b")
        assert picks(world, 0) == []  # type: ignore[arg-type]
    assert picks(db, 0) == []
    assert picks(db, 3) == [("a", 6)]


def test_wildcards_constants_and_arithmetic_of_a_call_keep_their_meaning() -> None:
    db = session()
    assert list(db.query("odd_one", 5)) == []
    with db.transaction() as tx:
        tx.retract("item", "a", 3)
    assert len(list(db.query("odd_one", 5))) == 1
    assert [found["N"] for found in db.ask("fits(5, N), double(N, 10)")] == [
        next(db.query("item", ANY, 5))[0]
    ]
    assert list(db.ask("fits(5, N), double(N, 9)")) == []
