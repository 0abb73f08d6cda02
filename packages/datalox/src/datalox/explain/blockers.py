"""What keeps a goal from holding: rows without whose change it cannot become true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from datalox.explain.instances import Instances, known_values, matches, rows_of
from datalox.explain.progress import NOTES, Progress, Turn, Walks, could_be
from datalox.plan.core import CLOCK, CoreRule, Fold, Total
from datalox.session.engine import ANY, Engine, pattern_of, values_in
from datalox.store.ordering import row_key
from datalox.terms import Aggregate, Atom, Comparison, Literal, Row, Var

MOST = 64
"""Patterns of one predicate that are told apart; more become one that covers them."""

Blocker = tuple[str, Row]


def blockers(engine: Engine, name: str, pattern: Sequence[Any]) -> frozenset[Blocker]:
    """(predicate, pattern with ANY) such that the goal stays false until a row that matches one of them
    appears or vanishes; empty where the goal holds.

    A predicate that is kept is its own blocker: its changes are told. A demand predicate is followed down to
    what it reads that is kept, and to the clock (`now`); rows asserted of it are told to nobody.
    Raises DatalogError: unknown-predicate, arity, bad-value.
    """
    predicate = engine.predicate(name, len(pattern))
    values = engine.convert_pattern(predicate, pattern)
    if any(True for _ in rows_of(engine, name, values)):
        return frozenset()
    search = _Blockers(engine)
    search.absent(name, pattern_of(values, predicate.arity))
    return frozenset(search.merged())


class _Blockers:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.instances = Instances(engine)
        self.walks = Walks(engine)
        self._found: dict[str, dict[Row, None]] = defaultdict(dict)
        self._seen: set[tuple[str, str, Row]] = set()

    def merged(self) -> Iterable[Blocker]:
        for name, patterns in self._found.items():
            if len(patterns) <= MOST:
                yield from ((name, pattern) for pattern in patterns)
            else:
                columns = zip(*patterns, strict=True)
                yield name, tuple(column[0] if len(set(column)) == 1 else ANY for column in columns)

    def absent(self, name: str, pattern: Row) -> None:
        """Whatever could make a goal that does not hold true."""
        if not self._opens("absent", name, pattern):
            return
        values = values_in(pattern)
        for rule in self.instances.rules(name):
            if could_be(rule, values):
                progress = self.walks.progress(rule, tuple(values))
                self._walk(name, pattern, progress, tuple(values.values()))

    def _walk(self, name: str, pattern: Row, progress: Progress, values: Row) -> None:
        notes = progress.stops(values)
        if len(notes) >= NOTES or not progress.complete:
            self.anything(name, pattern)
            return
        for last, found in notes:
            known = dict(zip(progress.known(last), found, strict=True))
            for number, turn in enumerate(progress.turns[: last + 1]):
                before = {variable: known[variable] for variable in turn.known}
                self._turn(turn, before, failed=number == last)

    def _turn(self, turn: Turn, known: Mapping[str, Any], failed: bool) -> None:
        origin = turn.origin
        if isinstance(origin, Comparison):
            return
        if isinstance(origin, Aggregate):
            self._goal(origin.goal, known)
            return
        name, pattern = origin.atom.predicate, _pattern(origin.atom, known)
        if origin.negated:
            if failed:
                row = min((found for found, _ in matches(self.engine, origin.atom, known)), key=row_key)
                self.present(name, pattern, row)
        elif failed:
            self.absent(name, pattern)
        elif ANY in pattern:
            self.anything(name, pattern)

    def present(self, name: str, pattern: Row, row: Row) -> None:
        """Whatever could make a row that holds vanish; `pattern` is what it matches."""
        if not self._is_demand(name):
            self._found[name][pattern] = None
            return
        if not self._opens("present", name, row):
            return
        for rule in self.instances.rules(name):
            for bindings in self.instances.solutions(rule, row):
                self._supported(rule, bindings)
                return

    def _supported(self, rule: CoreRule, bindings: Mapping[str, Any]) -> None:
        """Whatever could break one instance of a rule."""
        for origin in rule.origins:
            if isinstance(origin, Comparison):
                continue
            if isinstance(origin, Aggregate):
                self._goal(origin.goal, bindings)
                continue
            name, pattern = origin.atom.predicate, _pattern(origin.atom, bindings)
            if origin.negated:
                self.anything(name, pattern)
            else:
                row = min((found for found, _ in matches(self.engine, origin.atom, bindings)), key=row_key)
                self.present(name, row, row)

    def anything(self, name: str, pattern: Row) -> None:
        """Whatever could change the rows that match a pattern at all."""
        if not self._opens("anything", name, pattern):
            return
        design = self.engine.network.design
        if name in design.aggregates:
            self._goal(design.aggregates[name].goal, {})
        values = values_in(pattern)
        for rule in design.whole.get(name, ()):
            terms = rule.head.terms
            known = {t.name: values[i] for i, t in enumerate(terms) if i in values and isinstance(t, Var)}
            for item in rule.origins or rule.body:
                if isinstance(item, Total):
                    self._goal(design.aggregates[item.name].goal, {})
                elif isinstance(item, (Aggregate, Fold)):
                    self._goal(item.goal, known)
                elif isinstance(item, Literal):
                    self._goal(item.atom, known)

    def _goal(self, atom: Atom | None, known: Mapping[str, Any]) -> None:
        assert atom is not None
        self.anything(atom.predicate, _pattern(atom, known))

    def _is_demand(self, name: str) -> bool:
        """Whether nobody is told when rows of a predicate change."""
        node = self.engine.network.nodes.get(name)
        return name != CLOCK and (node is None or not node.visible)

    def _opens(self, what: str, name: str, pattern: Row) -> bool:
        """Whether to go on below a predicate; one that is kept is a blocker itself."""
        if not self._is_demand(name):
            self._found[name][pattern] = None
            return False
        fresh = (what, name, pattern) not in self._seen
        self._seen.add((what, name, pattern))
        return fresh


def _pattern(atom: Atom, known: Mapping[str, Any]) -> Row:
    values = known_values(atom, known)
    return pattern_of(values, atom.arity)
