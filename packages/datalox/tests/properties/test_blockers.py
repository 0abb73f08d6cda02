"""A goal that does not hold stays false until something changes that its blockers match."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from properties.followed import Followed
from properties.streams import Scenario, scenarios, values_of
from properties.test_engine import SETTINGS

from datalox import ANY, Change
from datalox.explain.blockers import Blocker, blockers


@settings(SETTINGS, max_examples=80)
@given(scenarios(), st.data())
def test_nothing_becomes_true_unless_a_blocker_changes(scenario: Scenario, data: st.DataObject) -> None:
    followed = Followed(scenario)
    goals: list[tuple[str, tuple[Any, ...]]] = []
    for predicate in followed.db.predicates():
        for _ in range(2):
            free = ANY if predicate.demand is None else 0
            choices = [
                st.sampled_from((*values_of(scenario.program, predicate.name, place), free))
                for place in range(predicate.arity)
            ]
            goals.append((predicate.name, data.draw(st.tuples(*choices))))
    for step in scenario.steps:
        before = {goal: (holds(followed, goal), blockers(followed.db._engine, *goal)) for goal in goals}
        clock = followed.now
        with followed.db.transaction() as tx:
            followed.run(tx, step.operations)
        changes = dict(tx.changes)
        if clock != followed.now:
            changes["now"] = Change({(followed.now,)}, set())
        untold = {operation.name for operation in step.operations} & set(followed.written.demand)
        for goal, (held, found) in before.items() if not untold else ():
            assert not (held and found)
            if not held and holds(followed, goal):
                assert any(matched(changes, blocker) for blocker in found), (goal, found, changes)


def holds(followed: Followed, goal: tuple[str, tuple[Any, ...]]) -> bool:
    return any(True for _ in followed.db.query(goal[0], *goal[1]))


def matched(changes: dict[str, Change], blocker: Blocker) -> bool:
    name, pattern = blocker
    change = changes.get(name, Change())
    return any(
        all(wanted is ANY or wanted == value for wanted, value in zip(pattern, row, strict=True))
        for row in (*change.appeared, *change.vanished)
    )
