"""A closure kept as sets is the closure derived row by row, in all that anybody can see of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties.recursive_programs import CLOSURES, recursive_streams, with_readers

from datalox import Program, Session
from datalox.maintain import reach
from datalox.maintain.closure import ClosureNode
from datalox.plan import desugar
from datalox.store.bits import BLOCK

SETTINGS = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
ASKED = """
.demand near(+, +) near(X, Y) :- p(X, Y), not q(Y, X).
.demand far(+, -)  far(X, Y) :- p(X, Z), p(Z, Y).
"""
programs = st.sampled_from(CLOSURES).flatmap(lambda shape: with_readers([shape])).map(ASKED.__add__)
FILLER = BLOCK // 2 - 2
"""Other pairs that are there from the start: the numbers of the rest then lie in two blocks."""


class Twins:
    """A session that keeps the closure as sets, and one that derives it row by row."""

    def __init__(self, text: str, filler: int, patch: pytest.MonkeyPatch) -> None:
        program = Program.parse(text, name="closure.dl")
        self.closed = Session(program)
        with patch.context() as patched:
            patched.setattr(desugar, "recognise", lambda name, rules: None)
            self.ranked = Session(program)
        assert isinstance(self.closed._engine.network.nodes["p"], ClosureNode)
        assert not isinstance(self.ranked._engine.network.nodes["p"], ClosureNode)
        for db in (self.closed, self.ranked):
            with db.transaction() as tx:
                tx.assert_all("e", [(1_000 + 2 * n, 1_001 + 2 * n) for n in range(filler)])

    def commit(self, part: list[Any]) -> None:
        changes = []
        for db in (self.closed, self.ranked):
            with db.transaction() as tx:
                run(tx, part)
            changes.append(tx.changes)
        assert changes[0] == changes[1]

    def rehearse(self, parts: list[list[Any]]) -> None:
        """Nested hypotheses, seen from inside."""
        seen = []
        for db in (self.closed, self.ranked):
            with db.what_if() as outer:
                run(outer, parts[0])
                inside = state(db)
                with db.what_if() as inner:
                    run(inner, parts[-1])
                    run(inner, parts[0])
                seen.append((outer.changes, inner.changes, inside))
        assert seen[0] == seen[1]

    def check(self) -> None:
        assert state(self.closed) == state(self.ranked)
        assert state_by_value(self.closed) == state_by_value(self.ranked)

    def explain(self) -> None:
        for name in ("p", "q"):
            for row in self.closed.query(name, ..., ...):
                proof = self.closed.explain(name, *row)
                assert proof is not None, (name, row)
                assert proof.verify(self.closed), proof.text()


def run(tx: Any, part: list[Any]) -> None:
    for kind, argument in part:
        if kind == "now":
            tx.set_now(argument)
        elif kind == "read":
            list(tx.query("p", ..., ...))
        elif kind == "assert":
            tx.assert_(argument[0], *argument[1])
        elif kind == "retract":
            tx.retract(argument[0], *argument[1])
        elif asserted := sorted(tx.query("e", ..., ...))[:30]:
            tx.retract("e", *asserted[argument % len(asserted)])


def state(db: Session) -> dict[str, list[Any]]:
    shown = [known for known in db.predicates() if known.demand is None]
    return {known.name: list(db.query(known.name, *[...] * known.arity)) for known in shown}


def state_by_value(db: Session) -> list[Any]:
    """What is found by one side or by both."""
    found: list[Any] = []
    for x in range(6):
        found += [list(db.query("p", x, ...)), list(db.query("p", ..., x)), list(db.query("far", x, ...))]
        found += [(list(db.query("p", x, y)), list(db.query("near", x, y))) for y in range(6)]
    return found


@SETTINGS
@given(programs, recursive_streams)
def test_everything_is_seen_alike(
    monkeypatch: pytest.MonkeyPatch, text: str, stream: list[list[Any]]
) -> None:
    twins = Twins(text, 0, monkeypatch)
    for part in stream:
        twins.rehearse(stream[-2:])
        twins.commit(part)
        twins.check()
    twins.explain()


@settings(SETTINGS, max_examples=25)
@given(programs, recursive_streams)
def test_blocks_make_no_difference(
    monkeypatch: pytest.MonkeyPatch, text: str, stream: list[list[Any]]
) -> None:
    twins = Twins(text, FILLER, monkeypatch)
    for part in stream:
        twins.commit(part)
    twins.rehearse(stream[-2:])
    twins.check()


@SETTINGS
@given(programs, recursive_streams, st.sampled_from((0, 10**6)), st.sampled_from((0, 10**6)))
def test_all_ways_to_make_the_sets_give_the_same(
    monkeypatch: pytest.MonkeyPatch, text: str, stream: list[list[Any]], patience: int, few: int
) -> None:
    """Edge by edge or all anew; by a search from each or component by component."""
    twins = Twins(text, 0, monkeypatch)
    with monkeypatch.context() as patched:
        patched.setattr(reach, "BULK", 0)
        patched.setattr(reach, "PATIENCE", patience)
        patched.setattr(reach, "FEW", few)
        for part in stream:
            twins.commit(part)
            twins.check()
