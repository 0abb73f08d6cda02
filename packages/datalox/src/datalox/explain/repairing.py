"""The cheapest edits that make a goal true, each tried in a world of its own before it is told."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar

from datalox.compile.semantics import is_number
from datalox.diagnostics import DatalogError
from datalox.explain.abduction import Abduction
from datalox.explain.combining import joined
from datalox.explain.edits import MOST_EDITS, Edit, Edits, Found, Repair, cost_of
from datalox.explain.instances import few, rows_of
from datalox.explain.policy import Policy
from datalox.session.engine import Engine, values_in
from datalox.terms import Row

if TYPE_CHECKING:
    from datalox.session.session import Session

T = TypeVar("T")
REPAIRS = 5
"""Repairs told of one goal, where nothing else is asked for."""
TRIALS = 64
"""Worlds tried for one goal."""


class Repairer:
    """Searches repairs in one session, by cost: fewest edits first."""

    def __init__(self, db: Session, engine: Engine, policy: Policy, trials: int = TRIALS) -> None:
        self._db = db
        self._engine = engine
        self._policy = policy
        self._trials = trials
        self._exhausted = False
        self._spent: float = 0

    def search(self, name: str, pattern: Row, most: int = REPAIRS) -> Found:
        """At most `most` repairs of a goal that does not hold now."""
        queue: list[tuple[Any, int, Edits]] = []
        seen: set[Edits] = {()}
        found: list[Repair] = []
        tried = 0
        allowance = self._engine.network.meter.left
        self._push(queue, seen, (), self._steps(name, pattern))
        while queue and len(found) < most and tried < self._trials and not self._exhausted:
            _, _, edits = heapq.heappop(queue)
            if any(_covers(repair.edits, edits) for repair in found):
                continue
            tried += 1
            self._exhausted |= self._spent > allowance
            row, steps = self._tried(edits, lambda: self._outcome(name, pattern)) or (None, ())
            if row is not None:
                found.append(self._without_excess(Repair(edits, name, row), pattern))
            elif len(edits) <= MOST_EDITS:
                self._push(queue, seen, edits, steps)
        told = sorted(dict.fromkeys(found), key=lambda repair: repair.cost)
        return Found(tuple(told), tried, bool(queue) and len(found) < most)

    def _outcome(self, name: str, pattern: Row) -> tuple[Row | None, list[Edits]]:
        """What holds of the goal in a world, or the steps from there."""
        row = self._holding(name, pattern)
        return row, self._steps(name, pattern) if row is None else []

    def _steps(self, name: str, pattern: Row) -> list[Edits]:
        return Abduction(self._engine, self._policy).steps(name, pattern)

    def _push(
        self, queue: list[tuple[Any, int, Edits]], seen: set[Edits], edits: Edits, steps: Collection[Edits]
    ) -> None:
        for step in steps:
            both = joined(edits, step)
            if both is not None and both not in seen and len(both) <= MOST_EDITS:
                seen.add(both)
                heapq.heappush(queue, (cost_of(both), len(seen), both))

    def _tried(self, edits: Edits, question: Callable[[], T]) -> T | None:
        """The answer to a question where the edits are made; None where the engine refuses them."""
        meter = self._engine.network.meter
        try:
            with self._db.what_if() as world:
                for edit in edits:
                    edit.apply(world)
                self._engine.network.propagate()
                before = meter.left
                answer = question()
                self._spent += before - meter.left if before != inf else 0
                return answer
        except DatalogError as refused:
            self._exhausted |= refused.diagnostics[0].code == "budget"
            return None

    def _holding(self, name: str, pattern: Row) -> Row | None:
        """The first row that matches."""
        values = values_in(pattern)
        return next(iter(few(rows_of(self._engine, name, values), 1)), None)

    def _without_excess(self, repair: Repair, pattern: Row) -> Repair:
        """The repair without edits it does not need."""
        name = repair.predicate
        for edit in repair.edits if len(repair.edits) > 1 else ():
            fewer = tuple(other for other in repair.edits if other != edit)
            row = self._tried(fewer, lambda: self._holding(name, pattern))
            if row is not None:
                return self._without_excess(Repair(fewer, name, row), pattern)
        return repair


def _covers(nearer: Edits, edits: Edits) -> bool:
    """Whether edits do all that a nearer repair does, or go further in the same direction."""
    theirs = set(map(_direction, edits))
    return all(_direction(edit) in theirs for edit in nearer)


def _direction(edit: Edit) -> Any:
    """What an edit does, apart from how far it changes numbers."""
    if edit.op == "wait":
        return edit.op
    if edit.op != "change":
        return edit.op, edit.predicate, edit.row
    ways = tuple(_way(was, becomes) for was, becomes in zip(edit.was, edit.row, strict=True))
    return edit.op, edit.predicate, edit.was, ways


def _way(was: Any, becomes: Any) -> Any:
    if was == becomes or not (is_number(was) and is_number(becomes)):
        return becomes
    return "more" if becomes > was else "less"
