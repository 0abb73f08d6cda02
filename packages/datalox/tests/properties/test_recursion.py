"""Recursive conclusions kept by rank equal evaluation from scratch, whatever the rules and the history."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from oracle.naive import Naive
from properties.recursive_programs import WIDTHS, recursive_programs, recursive_streams

from datalox import DatalogError, Program, Session
from datalox.maintain import recursive

Facts = set[tuple[str, tuple[Any, ...]]]
State = dict[str, set[tuple[Any, ...]]]
SETTINGS = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Followed:
    """A session, and the facts and the clock it was given."""

    def __init__(self, text: str) -> None:
        self.program = Program.parse(text, name="recursive.dl")
        try:
            self.db = Session(self.program)
        except DatalogError:
            assume(False)
        self.facts: Facts = set()
        self.now: Any = None

    def run(self, tx: Any, part: list[Any]) -> None:
        for kind, argument in part:
            if kind == "now":
                tx.set_now(argument)
                self.now = argument
            elif kind == "read":
                list(tx.query("p", ..., ...))
            elif kind == "assert":
                tx.assert_(argument[0], *argument[1])
                self.facts.add(argument)
            else:
                fact = self._known(argument) if kind == "forget" else argument
                if fact is not None:
                    tx.retract(fact[0], *fact[1])
                    self.facts.discard(fact)

    def _known(self, number: int) -> tuple[str, tuple[Any, ...]] | None:
        """One of the asserted facts: deletions that delete something are the interesting ones."""
        known = sorted(self.facts)
        return known[number % len(known)] if known else None

    def state(self) -> State:
        return {p.name: set(self.db.query(p.name, *[...] * p.arity)) for p in self.db.predicates()}

    def check(self) -> State:
        found = self.state()
        oracle = Naive(self.program, self.facts, self.now).state
        assert found == {name: oracle[name] for name in found}
        return found


def check_ranks(db: Session) -> None:
    """Every row of a component has a proof, and proofs descend by rank, so none is circular."""
    for name in WIDTHS:
        for row in db.query(name, *[...] * WIDTHS[name]):
            proof = db.explain(name, *row)
            assert proof is not None, (name, row)
            assert proof.verify(db), proof.text()
            assert _is_acyclic(proof, ())


def _is_acyclic(proof: Any, above: tuple[Any, ...]) -> bool:
    own = (proof.predicate, proof.row) if proof.kind == "rule" else None
    if own is not None and own in above:
        return False
    return all(_is_acyclic(child, (*above, own)) for child in proof.children)


def follow(text: str, stream: list[list[Any]]) -> None:
    followed = Followed(text)
    before = followed.check()
    for part in stream:
        with followed.db.transaction() as tx:
            followed.run(tx, part)
        after = followed.check()
        assert {name: (c.appeared, c.vanished) for name, c in tx.changes.items()} == {
            name: (after[name] - before[name], before[name] - after[name])
            for name in after
            if after[name] != before[name]
        }
        before = after
    check_ranks(followed.db)


@SETTINGS
@given(recursive_programs(), recursive_streams)
def test_state_changes_and_proofs_follow_every_transaction(text: str, stream: list[list[Any]]) -> None:
    follow(text, stream)


@settings(
    SETTINGS,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(recursive_programs(), recursive_streams)
def test_a_component_that_is_built_anew_half_way_gives_the_same(
    monkeypatch: pytest.MonkeyPatch, text: str, stream: list[list[Any]]
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(recursive, "SMALL", 1)
        follow(text, stream)


@SETTINGS
@given(recursive_programs(), recursive_streams, recursive_streams)
def test_what_is_undone_leaves_rows_and_ranks_as_they_were(
    text: str, stream: list[list[Any]], lost: list[list[Any]]
) -> None:
    followed = Followed(text)
    for part, tried in zip(stream, [*lost, *[[]] * len(stream)], strict=False):
        with followed.db.transaction() as tx:
            followed.run(tx, part)
        facts, now, ranks = set(followed.facts), followed.now, ranks_of(followed.db)
        with followed.db.what_if() as outer:
            followed.run(outer, tried[:4])
            with followed.db.what_if() as inner:
                followed.run(inner, tried[4:])
        followed.facts, followed.now = set(facts), now
        with pytest.raises(ZeroDivisionError), followed.db.transaction() as tx:
            followed.run(tx, tried)
            _ = tx.changes
            raise ZeroDivisionError
        followed.facts, followed.now = facts, now
        assert ranks_of(followed.db) == ranks
        followed.check()


def ranks_of(db: Session) -> dict[str, dict[tuple[Any, ...], int]]:
    return {
        name: {row: component.ranks_below(row)(name, row) for row in db.query(name, *[...] * arity)}
        for component in db._engine.network.components.values()
        for name in component.work
        for arity in (db._engine.network.nodes[name].relation.arity,)
    }
