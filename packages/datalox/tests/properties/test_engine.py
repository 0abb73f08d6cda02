"""Incremental evaluation equals evaluation from scratch, whatever the program and the history."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from oracle.naive import Naive
from properties.programs import BASES, VALUES, operations, programs, streams

from datalox import DatalogError, Program, Session

Facts = set[tuple[str, tuple[Any, ...]]]
SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


class Both:
    """A session and the facts it was given, to compare it with the oracle."""

    def __init__(self, text: str) -> None:
        uses = "\n".join(
            f"use_{name}() :- {name}({', '.join(['_'] * width)})." for name, width in sorted(BASES.items())
        )
        self.program = Program.parse(f"{uses}\n{text}", name="random.dl")
        try:
            self.db = Session(self.program)
        except DatalogError:
            assume(False)
        self.facts: Facts = set()
        self.now: Any = None
        self.state = self.oracle().state

    def oracle(self) -> Naive:
        return Naive(self.program, self.facts, self.now)

    def run(self, tx: Any, stream: list[Any]) -> None:
        for kind, argument in stream:
            if kind == "now":
                tx.set_now(argument)
                self.now = argument
            elif kind == "read":
                list(tx.query("e", ..., ...))
            elif kind == "assert":
                tx.assert_(argument[0], *argument[1])
                self.facts.add(argument)
            else:
                tx.retract(argument[0], *argument[1])
                self.facts.discard(argument)

    def visible(self) -> dict[str, set[tuple[Any, ...]]]:
        kept = [p for p in self.db.predicates() if p.demand is None]
        return {p.name: set(self.db.query(p.name, *[...] * p.arity)) for p in kept}

    def check_state(self) -> dict[str, set[tuple[Any, ...]]]:
        expected = {name: rows for name, rows in self.oracle().state.items() if name in self.visible()}
        found = self.visible()
        assert found == expected
        return expected

    def check_demand(self) -> None:
        oracle = self.oracle()
        for predicate in self.db.predicates():
            if predicate.demand is None:
                continue
            for row in _rows(predicate.arity):
                assert bool(list(self.db.query(predicate.name, *row))) == oracle.holds(predicate.name, row), (
                    row
                )


def _rows(arity: int) -> list[tuple[Any, ...]]:
    return [(a,) for a in VALUES] if arity == 1 else [(a, b) for a in VALUES for b in VALUES[:5]]


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        name: (after[name] - before[name], before[name] - after[name])
        for name in after
        if after[name] != before[name]
    }


@SETTINGS
@given(programs(), streams)
def test_every_transaction_leaves_the_state_of_evaluation_from_scratch_and_reports_its_difference(
    text: str, stream: list[list[Any]]
) -> None:
    both = Both(text)
    before = both.check_state()
    for part in stream:
        with both.db.transaction() as tx:
            both.run(tx, part)
        after = both.check_state()
        found = {name: (change.appeared, change.vanished) for name, change in tx.changes.items()}
        assert found == difference(before, after)
        before = after
    both.check_demand()


@settings(SETTINGS, max_examples=40)
@given(programs(), streams)
def test_every_proof_verifies_and_every_refusal_names_a_failure(text: str, stream: list[list[Any]]) -> None:
    both = Both(text)
    for part in stream:
        with both.db.transaction() as tx:
            both.run(tx, part)
    for predicate in both.db.predicates():
        if predicate.demand is None:
            for row in list(both.db.query(predicate.name, *[...] * predicate.arity))[:6]:
                proof = both.db.explain(predicate.name, *row)
                assert proof is not None
                assert proof.verify(both.db), proof.text()
                assert both.db.why_not(predicate.name, *row).holds
        for row in _rows(predicate.arity)[:8] if predicate.arity else ():
            holds = bool(list(both.db.query(predicate.name, *row)))
            refusal = both.db.why_not(predicate.name, *row)
            assert refusal.holds == holds
            assert holds or both.db.explain(predicate.name, *row) is None
            assert refusal.text()
            assert holds or all(rule.reason for rule in refusal.rules)


@settings(SETTINGS, max_examples=40)
@given(programs(), streams, st.lists(operations, min_size=1, max_size=8))
def test_a_failed_transaction_and_a_what_if_leave_no_trace(
    text: str, stream: list[list[Any]], lost: list[Any]
) -> None:
    both, twin = Both(text), Both(text)
    for part in stream:
        for db in (both, twin):
            with db.db.transaction() as tx:
                db.run(tx, part)
        facts, now = set(both.facts), both.now
        with pytest.raises(ZeroDivisionError), both.db.transaction() as tx:
            both.run(tx, lost)
            _ = tx.changes
            raise ZeroDivisionError
        both.facts, both.now = set(facts), now
        assert both.visible() == twin.visible()
        with both.db.what_if() as tried:
            both.run(tried, lost)
        with twin.db.transaction() as tx:
            twin.run(tx, lost)
        assert tried.changes == tx.changes
        both.facts, both.now = facts, now
        both.check_state()
        twin = Both(text)
        with twin.db.transaction() as tx:
            for fact in sorted(facts, key=repr):
                tx.assert_(fact[0], *fact[1])
            tx.set_now(now)
        twin.facts, twin.now = set(facts), now


@settings(SETTINGS, max_examples=40)
@given(programs(), st.lists(operations, max_size=24), st.integers())
def test_the_order_of_operations_on_distinct_facts_does_not_matter(
    text: str, operations_: list[Any], seed: int
) -> None:
    distinct = {str(argument) if kind != "now" else "now": (kind, argument) for kind, argument in operations_}
    one = list(distinct.values())
    other = random.Random(seed).sample(one, len(one))
    left, right = Both(text), Both(text)
    with left.db.transaction() as first:
        left.run(first, one)
    with right.db.transaction() as second:
        right.run(second, other)
    assert left.visible() == right.visible()
    assert first.changes == second.changes


@settings(SETTINGS, max_examples=40)
@given(programs(), streams)
def test_modules_loaded_over_live_facts_equal_modules_loaded_first(
    text: str, stream: list[list[Any]]
) -> None:
    both = Both(text)
    last = max(re.findall(r"\bd\d\b", text))
    late = [line for line in both.program.text.splitlines() if re.match(rf"(\.demand )?{last}\(", line)]
    early = [line for line in both.program.text.splitlines() if line not in late]
    db = Session(Program.parse("\n".join(early), name="early.dl"))
    for part in stream:
        with both.db.transaction() as tx:
            both.run(tx, part)
        with db.transaction() as tx:
            both.run(tx, part)
    before = {p.name: set(db.query(p.name, *[...] * p.arity)) for p in db.predicates() if p.demand is None}
    changes = db.load(Program.parse("\n".join(late), name="late.dl"))
    both.db = db
    after = both.check_state()
    both.check_demand()
    before = {name: before.get(name, set()) for name in after}
    assert {name: (c.appeared, c.vanished) for name, c in changes.items()} == difference(before, after)
    undone = db.remove("late.dl")
    assert {n: (c.vanished, c.appeared) for n, c in undone.items()} == {
        n: (c.appeared, c.vanished) for n, c in changes.items()
    }
