"""How far the body of a rule gets: one generated function per rule and binding pattern walks the body as it
is written and notes every point at which it stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from datalox.compile.body import BodyWriter
from datalox.compile.rules import Compiled, relations_of
from datalox.compile.source import Source, heading, python_name
from datalox.plan.core import CoreItem, CoreRule, Fold, Total, assigned, variables, variables_of
from datalox.plan.order import Bind, Call, FoldCall, Look, Probe, Scan, Step, Test, bind_head, bound_columns
from datalox.session.engine import Engine
from datalox.store.ordering import row_key
from datalox.terms import BodyItem, Comparison, Const, Literal, Row, Var

NOTES = 20_000
"""Points noted per walk; beyond them the deepest so far is reported."""


class Enough(Exception):  # noqa: N818 - not an error: a walk is broken off and told about as far as it got
    """A walk has noted as much as it may."""


class Notes(list[tuple[int, Row]]):
    """(turn, values of the variables known by then) for every point at which a walk stopped."""

    def note(self, turn: int, values: Row) -> None:
        self.append((turn, values))
        if len(self) >= NOTES:
            raise Enough


@dataclass(frozen=True, slots=True)
class Turn:
    """One item of a walk, in its turn; `known` names the variables that have values before it."""

    item: CoreItem
    origin: BodyItem
    known: tuple[str, ...]

    @property
    def is_generated(self) -> bool:
        """Whether it is an assignment that stands for a computed argument, not an item of the text."""
        return isinstance(self.origin, Comparison) and any(
            "#" in getattr(side, "name", "") for side in (self.origin.left, self.origin.right)
        )


@dataclass(frozen=True, slots=True)
class Stop:
    """Where one binding of a body stopped: at `turn` (the number of turns: everything held)."""

    progress: Progress
    turn: int
    values: Row

    @property
    def bindings(self) -> dict[str, Any]:
        return dict(zip(self.progress.known(self.turn), self.values, strict=True))

    @property
    def failed(self) -> Turn | None:
        turns = self.progress.turns
        return turns[self.turn] if self.turn < len(turns) else None

    def held(self) -> tuple[Turn, ...]:
        """The items before it, as far as they stand in the text."""
        return tuple(turn for turn in self.progress.turns[: self.turn] if not turn.is_generated)


@dataclass(frozen=True, slots=True)
class Progress:
    """The walk of one rule with some columns of its head given. `complete` is false where nothing ever binds
    what some item needs: then the walk ends before it."""

    rule: CoreRule
    turns: tuple[Turn, ...]
    names: tuple[str, ...]
    complete: bool
    function: Callable[..., None]

    def known(self, turn: int) -> tuple[str, ...]:
        """The variables that have values when a turn comes."""
        return self.turns[turn].known if turn < len(self.turns) else self.names

    def stops(self, values: Sequence[Any]) -> Notes:
        """Every point at which the walk stops, up to a limit."""
        notes = Notes()
        with suppress(Enough):
            self.function(*values, notes.note)
        return notes

    def deepest(self, values: Sequence[Any]) -> Stop:
        """The stop that got furthest; of several the first by its values."""
        notes = self.stops(values)
        last = max(turn for turn, _ in notes)
        found = [row for turn, row in notes if turn == last]
        return Stop(self, last, found[0] if len(found) == 1 else min(found, key=row_key))


class Walks:
    """The walks of one engine's rules, made when first asked for."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def progress(self, rule: CoreRule, columns: tuple[int, ...]) -> Progress:
        """The walk of `rule` with the values of `columns` of its head given."""
        cache = self.engine.walks
        found = cache.get((id(rule), columns))
        if found is None:
            found = cache[id(rule), columns] = self._made(rule, columns)
        return found

    def stops(self, rule: CoreRule, values: Mapping[int, Any]) -> tuple[Progress, Notes] | None:
        """The walk of a rule for a goal; None if its head can never be the goal."""
        if not could_be(rule, values):
            return None
        progress = self.progress(rule, tuple(values))
        return progress, progress.stops(tuple(values.values()))

    def _made(self, rule: CoreRule, columns: tuple[int, ...]) -> Progress:
        engine = self.engine
        walk = _Walk(engine, rule, columns)
        compiled = walk.compiled()
        shape = "".join("b" if i in columns else "f" for i in range(rule.head.arity))
        engine.network.keep(rule.label, f"{rule.label} progress {shape}", compiled, lambda: None)
        return Progress(rule, tuple(walk.turns), tuple(walk.known), walk.complete, compiled.function)


def could_be(rule: CoreRule, values: Mapping[int, Any]) -> bool:
    """Whether the constants and repeated variables of a head allow the goal."""
    bound: dict[str, Any] = {}
    for position, value in values.items():
        term = rule.head.terms[position]
        if isinstance(term, Const) and term.value != value:
            return False
        if isinstance(term, Var) and bound.setdefault(term.name, value) != value:
            return False
    return True


class _Walk:
    """Writes the function of one walk."""

    def __init__(self, engine: Engine, rule: CoreRule, columns: tuple[int, ...]) -> None:
        self.solver = engine.solver
        self.rule = rule
        self.source = Source()
        heading(self.source, rule)
        self.source.names |= {"stat": engine.network.statistics_of("explain"), "fault": _no_fault}
        heads, _, self._parameters = bind_head(rule.head, columns)
        self._pending: list[tuple[CoreItem, BodyItem]] = [
            *((item, item) for item in heads if isinstance(item, Comparison)),
            *zip(rule.body, rule.origins, strict=True),
        ]
        self.known: dict[str, None] = dict.fromkeys(self._parameters)
        self.turns: list[Turn] = []
        self.complete = True
        self._writer = _StopWriter(self.source, self.solver)
        self._writer.bound |= set(self._parameters)

    def compiled(self) -> Compiled:
        source, writer = self.source, self._writer
        source.open(f"def progress({', '.join([*map(python_name, self._parameters), 'note'])}):")
        source.open("for _ in ONCE:")
        loops: list[tuple[int, int, str]] = []
        while (chosen := self._next()) is not None:
            item, origin, step = chosen
            turn = len(self.turns)
            self.turns.append(Turn(item, origin, tuple(self.known)))
            stop = f"note({turn}, {self._values()})"
            depth = source.depth
            writer.turn(turn, stop, step)
            if source.depth > depth:
                loops.append((depth, turn, stop))
            self.known.update(dict.fromkeys(name for name in _names(item) if name in writer.bound))
        self.complete = not self._pending
        source.line(f"note({len(self.turns)}, {self._values()})")
        for depth, turn, stop in reversed(loops):
            source.depth = depth
            source.open(f"if not any_{turn}:")
            source.line(stop)
        return Compiled(
            source.build("progress", self.rule.label), source.text(), relations_of(self.rule.body)
        )

    def _values(self) -> str:
        names = "".join(f"{python_name(name)}, " for name in self.known)
        return f"({names.rstrip() if len(self.known) == 1 else names.rstrip(', ')})"

    def _next(self) -> tuple[CoreItem, BodyItem, Step] | None:
        """The first comparison that can be decided, else the first item as written that can."""
        for only_comparisons in (True, False):
            for position, (item, origin) in enumerate(self._pending):
                if isinstance(item, Comparison) is not only_comparisons:
                    continue
                step = self._step(item)
                if step is not None:
                    del self._pending[position]
                    return item, origin, step
        return None

    def _step(self, item: CoreItem) -> Step | None:
        known = set(self.known)
        if isinstance(item, Comparison):
            if variables_of((item.left, item.right)) <= known:
                return Test(item)
            pair = assigned(item, known)
            return Bind(*pair) if pair is not None else None
        if isinstance(item, Total):
            return Look(item) if variables_of(item.groups) <= known else None
        if isinstance(item, Fold):
            goal = bound_columns(Literal(item.goal), known & variables_of(item.groups))
            ready = variables_of(item.groups) <= known or not item.total
            return FoldCall(item) if ready and self.solver.can_call(item.goal.predicate, goal) else None
        return self._literal(item, known)

    def _literal(self, item: Literal, known: set[str]) -> Step | None:
        name, terms = item.atom.predicate, item.atom.terms
        columns = bound_columns(item, known)
        if item.negated and any(
            i not in columns and not (isinstance(term, Var) and term.is_wildcard)
            for i, term in enumerate(terms)
        ):
            return None
        if self.solver.is_demand(name):
            return Call(item, columns) if self.solver.can_call(name, columns) else None
        return Probe(item, columns) if item.negated or len(columns) == len(terms) else Scan(item, columns)


class _StopWriter(BodyWriter):
    """Writes steps that note where they stop. A step with a loop stops where no row of it matched."""

    def __init__(self, source: Source, solver: Any) -> None:
        super().__init__(source, solver, direct=True)
        self._turn = 0
        self._stop = ""
        self._depth = 0
        self._matching = False

    def turn(self, turn: int, stop: str, step: Step) -> None:
        self._turn, self._stop, self._depth = turn, stop, self.source.depth
        self.expressions.escape = f"{stop}; continue"
        if isinstance(step, (Scan, FoldCall)) or (isinstance(step, Call) and self._loops(step)):
            self.source.line(f"any_{turn} = False")
        self.step(step)

    def _loops(self, step: Call) -> bool:
        return not step.item.negated and len(step.columns) < len(step.item.atom.terms)

    def refuse_unless(self, condition: str) -> None:
        self.source.open(f"if {condition}:")
        self.source.line("continue" if self._matching else self.expressions.escape)
        self.source.close()

    def match(self, row: str, terms: Sequence[Any], skip: Sequence[int] = ()) -> None:
        in_loop = self._matching = self.source.depth > self._depth
        super().match(row, terms, skip)
        self._matching = False
        if in_loop:
            self.source.line(f"any_{self._turn} = True")


def _names(item: CoreItem) -> Iterator[str]:
    """Variables an item may bind, in order."""
    if isinstance(item, Comparison):
        yield from (*variables(item.left), *variables(item.right))
    elif isinstance(item, Literal):
        if not item.negated:
            yield from (name for term in item.atom.terms for name in variables(term))
    else:
        yield from (name for term in (*item.groups, item.result) for name in variables(term))


def _no_fault(kind: str) -> None:
    """Faults were counted when the rule ran."""
