"""Single steps towards a goal: edits that let the body of a rule get further, or that take a row away.

Nothing here is certain: a step is derived from one instance of one rule, as if the rest stayed as it is.
`repairing` tries every one before it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from datalox.compile.semantics import Fault
from datalox.diagnostics import DatalogError
from datalox.explain.amounts import Amounts
from datalox.explain.combining import cheapest, together
from datalox.explain.edits import Edit, Edits, change_size
from datalox.explain.filling import Filler
from datalox.explain.instances import Instances, few, group_variables, is_asserted, known_values, matches
from datalox.explain.near import near_rows
from datalox.explain.policy import Policy
from datalox.explain.progress import Stop, Walks
from datalox.explain.thresholds import Wish, negated, wishes
from datalox.plan.core import CLOCK, CoreItem, CoreRule, assigned, variables, variables_of
from datalox.session.engine import Engine, pattern_of, values_in
from datalox.terms import Aggregate, Atom, BodyItem, Comparison, Const, Literal, Row, Var

DEPTH = 9
"""How many rules a step may lie below the goal."""
WORK = 400
"""Literals looked into for the steps of one state."""
STOPS = 4
"""Instances of one rule that are repaired at the same place."""
MANY = 8
"""Rows, or instances of rules, that are taken away together."""


class Abduction:
    """Steps from the state an engine is in now."""

    def __init__(self, engine: Engine, policy: Policy) -> None:
        self.engine = engine
        self.policy = policy
        self.instances = Instances(engine)
        self.walks = Walks(engine)
        self.filler = Filler(engine)
        self.amounts = Amounts(self)
        self._open: set[tuple[str, str, Row]] = set()
        self._left = 0

    def steps(self, name: str, pattern: Row) -> list[Edits]:
        """Edits that bring a goal that does not hold closer, cheapest first."""
        self._left = WORK
        return [edits for edits in cheapest(self.true(name, pattern, DEPTH)) if edits]

    def true(self, name: str, pattern: Row, depth: int, stop: Stop | None = None) -> list[Edits]:
        """Edits towards a row that matches. `stop` is where its absence ended the walk of a rule."""
        values = values_in(pattern)
        if name == CLOCK:
            return self._set_clock(stop, values)
        if not self.enter("true", name, pattern, depth):
            return []
        found = list(self._asserted(name, pattern, values, stop))
        for rule in self.instances.below(name):
            for each in self._stops(rule, values):
                found += self.guarded(self._step, each, depth - 1)
        self.leave("true", name, pattern)
        return cheapest(found)

    def enter(self, what: str, name: str, pattern: Row, depth: int) -> bool:
        """Whether to look into a literal: not below itself, not too deep, not without end."""
        self._left -= 1
        if depth <= 0 or self._left < 0 or (what, name, pattern) in self._open:
            return False
        self._open.add((what, name, pattern))
        return True

    def leave(self, what: str, name: str, pattern: Row) -> None:
        self._open.discard((what, name, pattern))

    def guarded(self, step: Callable[..., list[Edits]], *arguments: Any) -> list[Edits]:
        """What cannot be computed, or not be asked that way, gives no steps."""
        try:
            return step(*arguments)
        except (Fault, OverflowError):
            return []
        except DatalogError as refused:
            if refused.diagnostics[0].code != "mode":
                raise
            return []

    def _stops(self, rule: CoreRule, values: Mapping[int, Any]) -> Iterator[Stop]:
        """Where the walk of a rule ends: the deepest place first, a few bindings of each."""
        walked = self.walks.stops(rule, values)
        if walked is None:
            return
        progress, notes = walked
        places: dict[int, list[Row]] = {}
        for turn, found in notes:
            places.setdefault(turn, []).append(found)
        for turn in sorted(places, reverse=True):
            if turn < len(progress.turns):
                for found in few(places[turn], STOPS):
                    yield Stop(progress, turn, found)

    def _step(self, stop: Stop, depth: int) -> list[Edits]:
        """Edits that let one binding of a body get past where it stops."""
        turn = stop.failed
        assert turn is not None
        origin, bindings, rule = turn.origin, stop.bindings, stop.progress.rule
        fixed = {name for name in stop.progress.known(0) if not name.startswith("C#")}
        if isinstance(origin, Comparison):
            if assigned(origin, set(bindings)) is not None:
                return []
            return self.compared(rule, origin, bindings, depth, fixed)
        if isinstance(origin, Aggregate):
            return self._aggregated(rule, turn.item, origin, bindings, depth)
        if origin.negated:
            return self._gone(origin.atom, bindings, depth)
        return self._missing(stop, origin.atom, depth)

    def _missing(self, stop: Stop, atom: Atom, depth: int) -> list[Edits]:
        """Edits towards a row that a literal lacks; of a derived one, first such as the rest would take."""
        known = known_values(atom, stop.bindings)
        choices = self.filler.choices(stop, atom) if self.instances.below(atom.predicate) else []
        found: list[Edits] = []
        for choice in (*choices, {}):
            values = {**known, **known_values(atom, {**stop.bindings, **choice})}
            pattern = pattern_of(values, atom.arity)
            found += self.true(atom.predicate, pattern, depth, stop)
        return found

    def compared(
        self, rule: CoreRule, item: Comparison, bindings: Mapping[str, Any], depth: int,
        fixed: Iterable[str] = (),
    ) -> list[Edits]:  # fmt: skip
        """Edits that change a value so that a comparison holds; not those of the variables `fixed`."""
        found: list[Edits] = []
        for name in dict.fromkeys((*variables(item.left), *variables(item.right))):
            if name not in fixed:
                for wish in wishes(item, name, bindings):
                    found += self.amounts.variable(rule, bindings, name, wish, depth)
        return found

    def _aggregated(
        self, rule: CoreRule, item: CoreItem, origin: Aggregate, bindings: Mapping[str, Any], depth: int
    ) -> list[Edits]:
        """Edits that give an aggregate the value that is asked of it, or any value at all."""
        assert origin.goal is not None
        groups = group_variables(item, origin)
        known = known_values(origin.goal, {n: v for n, v in bindings.items() if n in groups})
        if isinstance(origin.result, (Var, Const)) and variables_of((origin.result,)) <= bindings.keys():
            value = origin.result.value if isinstance(origin.result, Const) else bindings[origin.result.name]
            return self.amounts.aggregate(item, origin, bindings, Wish.of("=", value), depth)
        pattern = pattern_of(known, origin.goal.arity)
        return self.true(origin.goal.predicate, pattern, depth)

    def _set_clock(self, stop: Stop | None, values: Mapping[int, Any]) -> list[Edits]:
        """Without a clock: set one, to an instant the rule speaks of already."""
        weight, clock = self.policy.weight("wait", CLOCK), self.engine.network.clock
        if weight is None or clock is not None:
            return []
        spoken = [
            v for v in (stop.bindings.values() if stop is not None else ()) if v.__class__ in (int, float)
        ]
        at = values.get(0, max(spoken, default=0))
        return self.policy.admitted(Edit("wait", CLOCK, at=at, size=0, weight=weight))

    # -- adding

    def _asserted(
        self, name: str, pattern: Row, values: Mapping[int, Any], stop: Stop | None
    ) -> Iterator[Edits]:
        predicate = self.engine.predicates.get(name)
        if predicate is None:
            return
        key = predicate.key or ((0,) if self.policy.names("change", name) else ())
        if key and values and not predicate.rules:
            rows = near_rows(self.engine, name, values)
            for row in rows:
                if predicate.key or row[0] == values.get(0):
                    yield from self.change(name, row, {i: v for i, v in values.items() if row[i] != v})
            if rows and predicate.key and set(predicate.key) <= values.keys():
                return
        weight = self.policy.weight("add", name)
        if weight is None:
            return
        atom = self._open_atom(name, pattern, stop)
        columns = tuple(column.name for column in predicate.columns)
        instead = near_rows(self.engine, name, values, 1) if len(values) > 1 else ()
        for row in self.filler.rows(atom, values, stop):
            if not is_asserted(self.engine, name, row):
                edit = Edit("add", name, row, columns=columns, weight=weight, instead=instead)
                yield from self.policy.admitted(edit)

    def _open_atom(self, name: str, pattern: Row, stop: Stop | None) -> Atom:
        """The literal the rule has there, if it is about this predicate."""
        turn = stop.failed if stop is not None else None
        if turn is not None and isinstance(turn.origin, Literal) and turn.origin.atom.predicate == name:
            return turn.origin.atom
        return Atom(name, tuple(Var(f"_#{i}") for i in range(len(pattern))))

    def change(self, name: str, row: Row, becomes: Mapping[int, Any]) -> Iterator[Edits]:
        """Other values in some columns of an asserted row; what a declared key names stays."""
        weight, predicate = self.policy.weight("change", name), self.engine.predicates.get(name)
        if weight is None or predicate is None or not becomes or not is_asserted(self.engine, name, row):
            return
        new = tuple(becomes.get(column, value) for column, value in enumerate(row))
        if set(predicate.key) & becomes.keys() or is_asserted(self.engine, name, new):
            return
        columns = tuple(column.name for column in predicate.columns)
        edit = Edit("change", name, new, row, 0, columns, change_size(row, new), weight)
        yield from self.policy.admitted(edit)

    # -- taking away

    def _gone(self, atom: Atom, bindings: Mapping[str, Any], depth: int) -> list[Edits]:
        """Edits after which no row matches."""
        if atom.predicate == CLOCK:
            return []
        rows = few({row for row, _ in matches(self.engine, atom, bindings)}, MANY + 1)
        if len(rows) > MANY:
            return []
        return together([self.false(atom.predicate, row, depth, atom) for row in rows])

    def false(self, name: str, row: Row, depth: int, atom: Atom | None = None) -> list[Edits]:
        """Edits that take a row away, every way in which it follows; `atom` is what it must not match.
        What follows from a row that is being taken away already takes nothing more: ()."""
        if ("false", name, row) in self._open:
            return [()]
        if not self.enter("false", name, row, depth):
            return []
        ways: list[list[Edits]] = []
        if is_asserted(self.engine, name, row):
            ways.append([*self._retracted(name, row), *self._otherwise(name, row, atom)])
        for rule in self.instances.below(name):
            for bindings in self.instances.few(rule, row, MANY + 1 - len(ways)):
                ways.append(self.guarded(self._broken, rule, bindings, depth - 1))
        self.leave("false", name, row)
        return together(ways) if 0 < len(ways) <= MANY else []

    def _retracted(self, name: str, row: Row) -> Iterator[Edits]:
        weight, predicate = self.policy.weight("retract", name), self.engine.predicates.get(name)
        if weight is not None and predicate is not None:
            columns = tuple(column.name for column in predicate.columns)
            yield from self.policy.admitted(Edit("retract", name, row, columns=columns, weight=weight))

    def _otherwise(self, name: str, row: Row, atom: Atom | None) -> Iterator[Edits]:
        """A keyed row with a value that rules know, in the place of the constant it must not match."""
        predicate = self.engine.predicates.get(name)
        if predicate is None or not predicate.key or atom is None:
            return
        for column, term in enumerate(atom.terms):
            if isinstance(term, Const) and column not in predicate.key:
                for value in self.filler.mentioned(name, column):
                    if value != term.value:
                        yield from self.change(name, row, {column: value})

    def _broken(self, rule: CoreRule, bindings: Mapping[str, Any], depth: int) -> list[Edits]:
        """Edits that make one instance of a body false."""
        found: list[Edits] = []
        for item, origin in zip(rule.body, rule.origins, strict=True):
            found += self.guarded(self._undone, rule, item, origin, bindings, depth)
        return cheapest(found)

    def _undone(
        self, rule: CoreRule, item: CoreItem, origin: BodyItem, bindings: Mapping[str, Any], depth: int
    ) -> list[Edits]:
        if isinstance(origin, Comparison):
            others = set(bindings) - {s.name for s in (origin.left, origin.right) if isinstance(s, Var)}
            is_assignment = origin.op == "=" and assigned(origin, others) is not None
            return [] if is_assignment else self.compared(rule, negated(origin), bindings, depth)
        if isinstance(origin, Aggregate):
            return []
        known = known_values(origin.atom, bindings)
        pattern = pattern_of(known, origin.atom.arity)
        if origin.negated:
            return self.true(origin.atom.predicate, pattern, depth)
        return self._gone(origin.atom, bindings, depth) if origin.atom.predicate != CLOCK else []
