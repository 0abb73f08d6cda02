"""Rows that give way to others of their key: what is kept is what evaluation from scratch finds.

Heartbeats take shortcuts: pairs of rows judged rule by rule, timers moved at once, one dictionary per key.
The rules here are of the shapes that take them, mixed with those that must not.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle.naive import Naive

from datalox import Program, Session
from datalox.terms import Symbol

DECLARATIONS = """
.decl beat(n: any, at: any) key(n)
.decl size(n: any, room: any, kind: any) key(n, kind)
.decl limit(name: any, value: any) key(name)
.decl place(w: any, n: any)
.decl began(at: any)
"""
RULES = (
    "stale(N) :- beat(N, T), limit(lease, L), began(S), now(W), W - T > L, W - S > L.",
    "suspect(N) :- beat(N, T), now(W), W - T > 2.",
    "fresh(N) :- beat(N, T), now(W), W - T <= 2.",
    "fresh_at(N, T) :- beat(N, T), now(W), W - T <= 2.",
    "vanished(N) :- beat(N, T), now(W), W - T > 1, W - T <= 4.",
    "exact(N) :- beat(N, T), now(W), W = T.",
    "due(N) :- beat(N, T), now(W), W >= T * 2, W >= 3.",
    "over(N) :- beat(N, T), now(W), W / T > 2.",
    "late(T) :- beat(_, T), now(W), W > T + 1.",
    "late_place(P, N) :- beat(N, T), place(P, N), now(W), W - T > 2.",
    "known(N) :- beat(N, _).",
    "quiet(N) :- beat(N, T), T >= 2.",
    "same(N) :- beat(N, N).",
    "next(N, M) :- beat(N, T), beat(M, T), N != M.",
    "chain(N, M) :- beat(N, M).\nchain(N, M) :- chain(N, X), beat(X, M).",
    "silent(P) :- place(P, N), not beat(N, _).",
    "not_at(P, N) :- place(P, N), not beat(N, P).",
    "last(T) :- max(X, beat(_, X), T).",
    "known_count(K) :- count(N, beat(N, _), K).",
    "rooms(N, R) :- beat(N, _), sum(X, size(N, X, _), R).",
    "room(N, K, R + T) :- size(N, R, K), beat(N, T).",
    "room_of(R) :- size(_, R, a).",
    "stale_places(K) :- count(P, late_or(P), K).\nlate_or(P) :- place(P, N), beat(N, T), now(W), W - T > 2.",
)
VALUES: tuple[Any, ...] = (0, 1, 2, 3, 0.5, Symbol("a"), Symbol("lease"), "b")
value = st.sampled_from(VALUES)
few = st.sampled_from(VALUES[:4])
kind = st.sampled_from((Symbol("a"), Symbol("b")))
facts = st.one_of(
    st.tuples(st.just("beat"), st.tuples(few, value)),
    st.tuples(st.just("beat"), st.tuples(few, few)),
    st.tuples(st.just("size"), st.tuples(few, value, kind)),
    st.tuples(st.just("limit"), st.tuples(st.just(Symbol("lease")), few)),
    st.tuples(st.just("place"), st.tuples(value, few)),
    st.tuples(st.just("began"), st.tuples(few)),
)
moments = st.one_of(st.none(), st.integers(-2, 9), st.sampled_from((0.5, 2.5, 3.75)))
steps = st.one_of(
    st.tuples(st.sampled_from(("assert", "replace", "retract")), facts),
    st.tuples(st.just("many"), st.lists(facts, max_size=5)),
    st.tuples(st.just("now"), moments),
    st.tuples(st.just("read"), st.none()),
)
streams = st.lists(st.lists(steps, min_size=1, max_size=6), min_size=1, max_size=8)
programs = st.lists(st.sampled_from(RULES), min_size=1, max_size=6, unique=True).map("\n".join)
SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
KEYS = {"beat": (0,), "size": (0, 2), "limit": (0,)}


class Kept:
    """A session, and what was asserted in it."""

    def __init__(self, rules: str) -> None:
        self.program = Program.parse(DECLARATIONS + rules, name="keyed.dl")
        self.db = Session(self.program)
        self.facts: dict[tuple[Any, ...], tuple[str, tuple[Any, ...]]] = {}
        self.now: Any = None

    def run(self, tx: Any, stream: list[Any]) -> None:
        for what, argument in stream:
            if what == "now":
                tx.set_now(argument)
                self.now = argument
            elif what == "read":
                list(tx.query("beat", ..., ...))
            elif what == "many":
                for name in ("beat", "size", "place"):
                    tx.assert_all(name, [row for found, row in argument if found == name])
                for fact in argument:
                    if fact[0] in ("beat", "size", "place"):
                        self.facts[place_of(*fact)] = fact
            else:
                self.one(tx, what, *argument)

    def one(self, tx: Any, what: str, name: str, row: tuple[Any, ...]) -> None:
        where = place_of(name, row)
        if what == "retract":
            tx.retract(name, *row)
            if self.facts.get(where) == (name, row):
                del self.facts[where]
            return
        if what == "replace" and name in KEYS:
            tx.replace(name, tuple(row[column] for column in KEYS[name]), row)
        else:
            tx.assert_(name, *row)
        self.facts[where] = (name, row)

    def state(self) -> dict[str, set[tuple[Any, ...]]]:
        names = [(known.name, known.arity) for known in self.db.predicates() if known.name != "now"]
        return {name: set(self.db.query(name, *[...] * arity)) for name, arity in names}

    def expected(self) -> dict[str, set[tuple[Any, ...]]]:
        state = Naive(self.program, set(self.facts.values()), self.now).state
        return {name: rows for name, rows in state.items() if name != "now"}


def place_of(name: str, row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (name, *(row[column] for column in KEYS.get(name, range(len(row)))))


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    changed = {name for name in after if after[name] != before[name]}
    return {name: (after[name] - before[name], before[name] - after[name]) for name in changed}


@SETTINGS
@given(programs, streams)
def test_replaced_rows_leave_the_state_of_evaluation_from_scratch(
    rules: str, stream: list[list[Any]]
) -> None:
    kept = Kept(rules)
    before = kept.state()
    for part in stream:
        with kept.db.transaction() as tx:
            kept.run(tx, part)
        after = kept.state()
        assert after == kept.expected()
        found = {name: (change.appeared, change.vanished) for name, change in tx.changes.items()}
        assert found == difference(before, after)
        before = after


@SETTINGS
@given(programs, streams, st.lists(steps, min_size=1, max_size=6))
def test_replaced_rows_are_put_back(rules: str, stream: list[list[Any]], lost: list[Any]) -> None:
    kept = Kept(rules)
    for part in stream:
        with kept.db.transaction() as tx:
            kept.run(tx, part)
        facts, now, state = dict(kept.facts), kept.now, kept.state()
        with kept.db.what_if() as tried:
            kept.run(tried, lost)
            with kept.db.what_if() as deeper:
                kept.run(deeper, part)
        kept.facts, kept.now = dict(facts), now
        assert kept.state() == state
        with pytest.raises(ZeroDivisionError), kept.db.transaction() as tx:
            kept.run(tx, lost)
            _ = tx.changes
            kept.run(tx, part)
            raise ZeroDivisionError
        kept.facts, kept.now = facts, now
        assert kept.state() == state == kept.expected()


TIMED = [rule for rule in RULES if "now(W)" in rule and "late_or" not in rule]
ages = st.sampled_from((0, 1, 2, 3, 0.5, -10, 20))
beat = st.tuples(st.just("replace"), st.tuples(st.just("beat"), st.tuples(few, ages)))
heard = st.lists(
    st.one_of(beat, beat, beat, st.tuples(st.just("now"), st.integers(-1, 7))), min_size=1, max_size=3
)
fates = st.sampled_from(("kept", "tried", "lost"))


@SETTINGS
@given(
    st.lists(st.sampled_from(TIMED), min_size=1, max_size=4, unique=True).map("\n".join),
    st.lists(st.tuples(fates, heard), min_size=1, max_size=8),
)
def test_entries_that_moved_are_right_at_every_later_and_earlier_instant(
    rules: str, stream: list[tuple[str, list[Any]]]
) -> None:
    kept = Kept(rules)
    with kept.db.transaction() as tx:
        kept.run(tx, [("now", 2), ("assert", ("began", (0,))), ("assert", ("limit", (Symbol("lease"), 1)))])
        kept.run(tx, [("assert", ("beat", (node, 1))) for node in VALUES[:4]])
        kept.run(tx, [("assert", ("place", ("b", 1)))])
    for fate, part in stream:
        facts, now = dict(kept.facts), kept.now
        if fate == "kept":
            with kept.db.transaction() as tx:
                kept.run(tx, part)
            continue
        if fate == "tried":
            with kept.db.what_if() as tx:
                kept.run(tx, part)
        else:
            with pytest.raises(ZeroDivisionError), kept.db.transaction() as tx:
                kept.run(tx, part)
                _ = tx.changes
                raise ZeroDivisionError
        kept.facts, kept.now = facts, now
    for now in (*range(-1, 12), *range(11, -2, -2)):
        with kept.db.transaction() as tx:
            kept.run(tx, [("now", now)])
        assert kept.state() == kept.expected(), now
