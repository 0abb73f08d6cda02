"""No goal that is waited for is missed, and none is told that does not hold."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from properties.plain_programs import BASES, VALUES, programs, streams

from datalox import ANY, DatalogError, Program, Session


def opened(text: str) -> Session:
    uses = "\n".join(f"use_{n}() :- {n}({', '.join(['_'] * width)})." for n, width in sorted(BASES.items()))
    try:
        return Session(Program.parse(f"{uses}\n{text}", name="random.dl"))
    except DatalogError:
        assume(False)
        raise


def goals(db: Session) -> list[tuple[str, tuple[Any, ...]]]:
    found: list[tuple[str, tuple[Any, ...]]] = []
    for known in db.predicates():
        if known.demand is None:
            found.append((known.name, (ANY,) * known.arity))
        if known.arity:
            found += [(known.name, (value,) * known.arity) for value in VALUES[:4]]
    return found


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(programs(), streams)
def test_every_goal_that_holds_after_a_commit_was_told(text: str, stream: list[list[Any]]) -> None:
    db = opened(text)
    told: dict[tuple[str, tuple[Any, ...]], Any] = {}
    for goal in goals(db):
        name, pattern = goal
        db.watch(name, *pattern, callback=lambda row, goal=goal: told.setdefault(goal, row))
    for part in stream:
        before = set(told)
        with db.transaction() as tx:
            for kind, argument in part:
                if kind == "now":
                    tx.set_now(argument)
                elif kind == "assert":
                    tx.assert_(argument[0], *argument[1])
                elif kind == "retract":
                    tx.retract(argument[0], *argument[1])
        for goal in goals(db):
            holds = list(db.query(goal[0], *goal[1]))
            assert goal in told or not holds
            assert goal in before or goal not in told or told[goal] in holds
