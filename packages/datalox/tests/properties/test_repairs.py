"""Every repair of a refusal, applied, makes the goal true: by the engine and by evaluation from scratch."""

from __future__ import annotations

from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st
from oracle.naive import Naive
from properties.followed import Followed
from properties.streams import Row, Scenario, scenarios, values_of
from properties.test_engine import SETTINGS

from datalox import ANY
from datalox.explain.edits import Edit


@settings(SETTINGS, max_examples=80)
@given(scenarios(steps=3), st.data())
def test_every_repair_makes_its_goal_true_and_leaves_no_trace(
    scenario: Scenario, data: st.DataObject
) -> None:
    followed = Followed(scenario)
    for step in scenario.steps:
        with followed.db.transaction() as tx:
            followed.run(tx, step.operations)
    before = followed.state()
    for predicate in followed.db.predicates():
        free = ANY if predicate.demand is None else 0
        choices = [
            st.sampled_from((*values_of(scenario.program, predicate.name, place), free))
            for place in range(predicate.arity)
        ]
        row = data.draw(st.tuples(*choices))
        refusal = followed.db.why_not(predicate.name, *row)
        event("holds" if refusal.holds else f"{min(len(refusal.repairs), 2)} repairs or more")
        costs = [repair.cost for repair in refusal.repairs]
        assert costs == sorted(costs)
        assert len(set(refusal.repairs)) == len(refusal.repairs)
        for repair in refusal.repairs:
            with followed.db.what_if() as world:
                repair.apply(world)
                assert list(world.query(predicate.name, *row)), (refusal.goal, repair)
            facts, now = edited(followed, repair.edits)
            assert repair.row in Naive(followed.program, facts, now).ask(predicate.name, repair.row), repair
    assert followed.state() == before


def edited(followed: Followed, edits: tuple[Edit, ...]) -> tuple[set[tuple[str, Row]], Any]:
    """The facts and the clock after the edits; each edit must find what it says it finds."""
    facts, now = set(followed.facts), followed.now
    for edit in edits:
        if edit.op == "wait":
            assert now is None or edit.at > now
            now = edit.at
        if edit.op in ("retract", "change"):
            facts.remove((edit.predicate, edit.was or edit.row))
        if edit.op in ("add", "change"):
            assert (edit.predicate, edit.row) not in facts
            facts.add((edit.predicate, edit.row))
    return facts, now
