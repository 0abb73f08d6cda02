"""Many candidates, few reasons: those that fail at the same place, for the same cause, are one class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from datalox.compile.semantics import Fault, evaluate, is_number
from datalox.diagnostics import DatalogError
from datalox.explain.instances import Instances, is_asserted, known_values, matches
from datalox.explain.near import near_rows
from datalox.explain.progress import Stop, Walks, could_be
from datalox.plan.core import CLOCK, CoreRule, variables_of
from datalox.session.engine import Engine, pattern_of, values_in
from datalox.store.ordering import row_key
from datalox.terms import Aggregate, Comparison, Literal, Row

NESTED = 6
"""How far a missing derived literal is followed down."""
APART = 8
"""Causes at one place that are told apart; more are one."""


class Cause(NamedTuple):
    """What a negated literal met: the rule by which it holds, if one does, and its bindings."""

    rule: CoreRule | None
    bindings: Mapping[str, Any]


class Reason(NamedTuple):
    """Why one candidate fails. `place`: the rules and items on the way down to `stops[-1]`; `cause`: what
    else must be alike. `gap`: by how much a comparison of numbers fails. `near`: what there is instead."""

    place: tuple[Any, ...]
    cause: tuple[Any, ...]
    stops: tuple[Stop, ...]
    gap: float | None = None
    met: Cause | None = None
    near: Row = ()


@dataclass(slots=True)
class Class:
    """Candidates with one reason. `common`: per rule on the way down, the bindings that all of them share;
    `ranges`: least and greatest value of each number in the comparison that fails."""

    first: Reason
    members: list[tuple[float, Row]] = field(default_factory=list)
    common: list[dict[str, Any]] = field(default_factory=list)
    met: dict[str, Any] = field(default_factory=dict)
    ranges: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def add(self, row: Row, reason: Reason) -> None:
        if not self.members:
            self.common = [stop.bindings for stop in reason.stops]
            self.met = dict(reason.met.bindings) if reason.met is not None else {}
        else:
            for shared, stop in zip(self.common, reason.stops, strict=True):
                _keep_shared(shared, stop.bindings)
            _keep_shared(self.met, reason.met.bindings if reason.met is not None else {})
        self.members.append((0.0 if reason.gap is None else reason.gap, row))
        for name, value in _compared(reason.stops[-1]).items() if reason.stops else ():
            low, high = self.ranges.get(name, (value, value))
            self.ranges[name] = min(low, value), max(high, value)

    def absorb(self, other: Class) -> None:
        """Take the members of a class that differs in its cause alone."""
        for shared, theirs in zip(self.common, other.common, strict=True):
            _keep_shared(shared, theirs)
        _keep_shared(self.met, other.met)
        self.members += other.members
        for name, (low, high) in other.ranges.items():
            mine = self.ranges.get(name, (low, high))
            self.ranges[name] = min(low, mine[0]), max(high, mine[1])
        if self.first.near != other.first.near:
            self.first = self.first._replace(near=())


@dataclass(slots=True)
class Classified:
    """Classes, the largest first; rows that hold after all; how many of all candidates were looked at."""

    classes: list[Class]
    holding: list[Row]
    looked: int


class Classifier:
    """Finds out why each of many candidates fails, in one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.instances = Instances(engine)
        self.walks = Walks(engine)
        self._known: dict[tuple[str, Row], Reason | None] = {}
        self._open: set[tuple[str, Row]] = set()

    def classify(self, name: str, rows: Iterable[Row]) -> Classified:
        """Stops early where the budget of the question ends."""
        fine: dict[Any, Class] = {}
        holding: list[Row] = []
        looked = 0
        for row in rows:
            try:
                self.engine.network.meter.spend(1)
                reason = self.reason(name, row, NESTED)
            except DatalogError as refused:
                if refused.diagnostics[0].code != "budget" or not looked:
                    raise
                break
            looked += 1
            if reason is None:
                holding.append(row)
            else:
                key = reason.place, reason.cause
                found = fine.get(key)
                if found is None:
                    found = fine[key] = Class(reason)
                found.add(row, reason)
        return Classified(sorted(_merged(fine), key=_size), holding, looked)

    def reason(self, name: str, pattern: Row, depth: int) -> Reason | None:
        """Why no row matches; None if one does."""
        goal = (name, pattern)
        if goal not in self._known:
            self._open.add(goal)
            self._known[goal] = self._reason(name, pattern, depth)
            self._open.discard(goal)
        return self._known[goal]

    def _reason(self, name: str, pattern: Row, depth: int) -> Reason | None:
        values = values_in(pattern)
        if len(values) == len(pattern) and is_asserted(self.engine, name, pattern):
            return None
        deepest: Stop | None = None
        columns, given = tuple(values), tuple(values.values())
        for rule in self.instances.rules(name):
            if could_be(rule, values):
                stop = self.walks.progress(rule, columns).deepest(given)
                if stop.failed is None and stop.progress.complete:
                    return None
                if deepest is None or stop.turn > deepest.turn:
                    deepest = stop
        return self._below(deepest, depth) if deepest is not None else Reason(("no rule",), (), ())

    def _below(self, stop: Stop, depth: int) -> Reason:
        place = ((id(stop.progress.rule), stop.turn),)
        turn = stop.failed
        if turn is None or isinstance(turn.origin, Aggregate):
            return Reason(place, (), (stop,))
        if isinstance(turn.origin, Comparison):
            return Reason(place, (), (stop,), _gap(turn.origin, stop.bindings))
        atom = turn.origin.atom
        if atom.predicate == CLOCK:
            return Reason(place, (), (stop,))
        if turn.origin.negated:
            return self._met(stop, turn.origin, place)
        known = known_values(atom, stop.bindings)
        pattern = pattern_of(known, atom.arity)
        if not self.instances.rules(atom.predicate):
            return self._missing(stop, atom.predicate, known, place)
        below = None
        if depth > 0 and (atom.predicate, pattern) not in self._open:
            below = self.reason(atom.predicate, pattern, depth - 1)
        if below is None or not below.stops:
            return Reason(place, (), (stop,))
        return below._replace(place=place + below.place, stops=(stop, *below.stops))

    def _missing(self, stop: Stop, name: str, known: Mapping[int, Any], place: tuple[Any, ...]) -> Reason:
        near = next(iter(near_rows(self.engine, name, known, 1)), ())
        other = {i: near[i] for i, value in known.items() if near and near[i] != value}
        texts = tuple((i, value) for i, value in other.items() if not is_number(value))
        gaps = [
            abs(value - known[i]) for i, value in other.items() if is_number(value) and is_number(known[i])
        ]
        shown = pattern_of(other, len(near))
        return Reason(place, texts, (stop,), gaps[0] if gaps else None, None, shown if texts else ())

    def _met(self, stop: Stop, origin: Literal, place: tuple[Any, ...]) -> Reason:
        """Which rule makes the negated literal hold, and for which values besides the candidate's own."""
        bindings = stop.bindings
        name = origin.atom.predicate
        row = min((row for row, _ in matches(self.engine, origin.atom, bindings)), key=row_key)
        own = set(bindings.values())
        for rule in self.instances.rules(name):
            for found in self.instances.few(rule, row, 1):
                told = {k: v for k, v in found.items() if "#" not in k}
                texts = tuple((k, v) for k, v in told.items() if v not in own and not is_number(v))
                return Reason(place, (id(rule), texts), (stop,), None, Cause(rule, told))
        return Reason(place, (), (stop,), None, Cause(None, {}))


def _merged(fine: Mapping[Any, Class]) -> list[Class]:
    """The classes; where one place has too many causes, all of that rule as one."""
    places: dict[Any, list[Class]] = {}
    for (place, cause), found in fine.items():
        places.setdefault((place, cause[:1] if found.first.met else ()), []).append(found)
    told: list[Class] = []
    for alike in places.values():
        if len(alike) > APART:
            for other in alike[1:]:
                alike[0].absorb(other)
            del alike[1:]
        told += alike
    return told


def _size(found: Class) -> tuple[int, Any]:
    return -len(found.members), row_key(min(found.members, key=lambda pair: row_key(pair[1]))[1])


def _keep_shared(shared: dict[str, Any], bindings: Mapping[str, Any]) -> None:
    for name in [name for name, value in shared.items() if bindings.get(name) != value]:
        del shared[name]


def _compared(stop: Stop) -> dict[str, Any]:
    """The numbers of the comparison that failed."""
    turn = stop.failed
    if turn is None or not isinstance(turn.origin, Comparison):
        return {}
    used = variables_of((turn.origin.left, turn.origin.right))
    return {name: value for name, value in stop.bindings.items() if name in used and is_number(value)}


def _gap(item: Comparison, bindings: dict[str, Any]) -> float | None:
    try:
        left, right = evaluate(item.left, bindings), evaluate(item.right, bindings)
    except (Fault, KeyError):
        return None
    return abs(left - right) if is_number(left) and is_number(right) else None
