"""All proofs of a row, lowest first: every way in which each fact below it follows is gathered once, then
combined as far as somebody asks."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datalox.explain.instances import is_asserted, rows_of
from datalox.explain.proof import Proof
from datalox.explain.prover import Fact, Prover
from datalox.explain.wording import write_fact
from datalox.maintain.budget import exceeded
from datalox.plan.core import CoreRule
from datalox.session.engine import Engine

WAYS = 20_000
"""Ways gathered for one question."""
COMBINED = 200_000
"""Combinations looked at while proofs are taken from one question."""
HINT = "ask about a row that rests on fewer others"

Choices = Mapping[Fact, "Way"]


Partial = tuple[tuple[int, int], int, "dict[Fact, Way]", tuple[Fact, ...]]
"""(least height it can have, the more choices the better), a number, the choices, facts without one."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a fact follows: asserted (no rule), or by an instance of a rule that rests on
    `facts`."""

    rule: CoreRule | None
    bindings: Mapping[str, Any]
    facts: tuple[Fact, ...]


class Proofs:
    """The proofs of one row as things are now; taking them later asks the engine nothing."""

    def __init__(self, engine: Engine, name: str, values: Sequence[Any]) -> None:
        """Raises DatalogError: unknown-predicate, arity, bad-value, mode, and `budget` for too many ways."""
        predicate = engine.predicate(name, len(values))
        row = tuple(engine.convert_pattern(predicate, values).values())
        if len(row) != predicate.arity:
            raise engine.incomplete(name)
        self._engine = engine
        self._prover = Prover(engine)
        self._ways: dict[Fact, list[Way]] = {}
        self._goal = (name, row)
        if any(True for _ in rows_of(engine, name, dict(enumerate(row)))):
            self._gather()
        self._lowest = _lowest(self._ways)

    def _gather(self) -> None:
        """Every fact the goal may rest on, with every way in which it follows."""
        waiting, count = [self._goal], 0
        while waiting:
            fact = waiting.pop()
            if fact in self._ways:
                continue
            ways = self._ways[fact] = list(self._of(fact))
            count += len(ways)
            if count > WAYS:
                raise exceeded("ways in which facts follow", WAYS, HINT)
            waiting += [below for way in ways for below in way.facts if below not in self._ways]

    def _of(self, fact: Fact) -> Iterator[Way]:
        if is_asserted(self._engine, *fact):
            yield Way(None, {}, ())
        seen: set[Any] = set()
        for rule in self._prover.instances.rules(fact[0]):
            for bindings in self._prover.instances.solutions(rule, fact[1]):
                key = (id(rule), tuple(bindings.values()))
                if key not in seen:
                    seen.add(key)
                    yield Way(rule, bindings, self._prover.needs(rule, *fact, bindings))

    def __iter__(self) -> Iterator[Proof]:
        """Each proof once, none lower than the one before. In one proof a fact follows in one way."""
        if not self._ways:
            return
        queue: list[Partial] = [((self._lowest[self._goal], 0), 0, {}, (self._goal,))]
        made = 0
        while queue:
            _, _, chosen, open_ = heapq.heappop(queue)
            if not open_:
                yield self._proof(chosen)
                continue
            fact, rest = open_[-1], open_[:-1]
            for way in self._ways[fact]:
                more = {**chosen, fact: way}
                if _reaches(more, fact):
                    continue
                fresh = tuple(b for b in dict.fromkeys(way.facts) if b not in more and b not in rest)
                made += 1
                if made > COMBINED:
                    raise exceeded("combinations of ways", COMBINED, "take fewer proofs")
                heapq.heappush(queue, ((self._height(more), -len(more)), made, more, (*rest, *fresh)))

    def _height(self, chosen: Choices) -> int:
        """The least height a proof with these choices can have."""
        heights: dict[Fact, int] = {}
        pending = [self._goal]
        while pending:
            fact = pending[-1]
            way = chosen.get(fact)
            if way is None:
                heights[fact] = self._lowest[fact]
            below = way.facts if way is not None else ()
            missing = [each for each in below if each not in heights]
            if missing:
                pending += missing
                continue
            pending.pop()
            if way is not None:
                heights[fact] = 0 if way.rule is None else 1 + max((heights[b] for b in below), default=0)
        return heights[self._goal]

    def _proof(self, chosen: Choices) -> Proof:
        made: dict[Fact, Proof] = {}
        pending = [self._goal]
        while pending:
            fact = pending[-1]
            way = chosen[fact]
            missing = [each for each in way.facts if each not in made]
            if missing:
                pending += missing
                continue
            pending.pop()
            if fact not in made:
                made[fact] = (
                    Proof("fact", write_fact(*fact), *fact)
                    if way.rule is None
                    else self._prover.step(way.rule, *fact, way.bindings, made)
                )
        return made[self._goal]


def _lowest(ways: Mapping[Fact, Sequence[Way]]) -> dict[Fact, int]:
    """The least height of each fact, from the asserted ones upwards."""
    waits: dict[int, int] = {}
    used: dict[Fact, list[tuple[Fact, Way]]] = {}
    queue: list[tuple[int, int, Fact]] = []
    for fact, found in ways.items():
        for way in found:
            below = set(way.facts)
            waits[id(way)] = len(below)
            for each in below:
                used.setdefault(each, []).append((fact, way))
            if not below:
                heapq.heappush(queue, (int(way.rule is not None), len(waits), fact))
    lowest: dict[Fact, int] = {}
    count = len(waits)
    while queue:
        height, _, fact = heapq.heappop(queue)
        if fact in lowest:
            continue
        lowest[fact] = height
        for above, way in used.get(fact, ()):
            waits[id(way)] -= 1
            if not waits[id(way)]:
                count += 1
                heapq.heappush(queue, (height + 1, count, above))
    return lowest


def _reaches(chosen: Choices, fact: Fact) -> bool:
    """Whether a fact would rest on itself."""
    pending, seen = list(chosen[fact].facts), set()
    while pending:
        below = pending.pop()
        if below == fact:
            return True
        if below not in seen and below in chosen:
            seen.add(below)
            pending += chosen[below].facts
    return False
