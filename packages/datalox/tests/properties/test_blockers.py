"""A goal that does not hold stays false until something changes that its blockers match."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from properties.programs import VALUES, programs, streams
from properties.test_engine import SETTINGS, Both

from datalox import ANY, Change
from datalox.explain.blockers import Blocker, blockers


@settings(SETTINGS, max_examples=80)
@given(programs(), streams, st.data())
def test_nothing_becomes_true_unless_a_blocker_changes(
    text: str, stream: list[list[Any]], data: st.DataObject
) -> None:
    both = Both(text)
    goals: list[tuple[str, tuple[Any, ...]]] = []
    for predicate in both.db.predicates():
        for _ in range(2):
            free = ANY if predicate.demand is None else VALUES[0]
            row = data.draw(st.tuples(*[st.sampled_from((*VALUES, free))] * predicate.arity))
            goals.append((predicate.name, row))
    for part in stream:
        before = {goal: (holds(both, goal), blockers(both.db._engine, *goal)) for goal in goals}
        clock = both.now
        with both.db.transaction() as tx:
            both.run(tx, part)
        changes = dict(tx.changes)
        if clock != both.now:
            changes["now"] = Change({(both.now,)}, set())
        for goal, (held, found) in before.items():
            assert not (held and found)
            if not held and holds(both, goal):
                assert any(matched(changes, blocker) for blocker in found), (goal, found, changes)


def holds(both: Both, goal: tuple[str, tuple[Any, ...]]) -> bool:
    return any(True for _ in both.db.query(goal[0], *goal[1]))


def matched(changes: dict[str, Change], blocker: Blocker) -> bool:
    name, pattern = blocker
    change = changes.get(name, Change())
    return any(
        all(wanted is ANY or wanted == value for wanted, value in zip(pattern, row, strict=True))
        for row in (*change.appeared, *change.vanished)
    )
