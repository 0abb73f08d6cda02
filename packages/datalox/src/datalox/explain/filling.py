"""Values for what a missing row leaves open: those the rest of the rule would take, else ones there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import nsmallest
from itertools import islice
from typing import Any

from datalox.compile.rules import compile_answers
from datalox.demand import base_name
from datalox.diagnostics import DatalogError
from datalox.explain.instances import SEEN, few
from datalox.explain.progress import Stop
from datalox.plan.core import CoreItem, CoreRule, item_variables, variables_of
from datalox.plan.order import Unplannable
from datalox.session.engine import Engine
from datalox.store.ordering import value_key
from datalox.terms import Aggregate, Atom, Comparison, Const, Literal, Row, Var

FEW = 3
_NUMERIC = frozenset({"int", "float", "number", "scalar", "any"})

Answers = Callable[..., Iterable[Row]]


class Filler:
    """Finds values for the open columns of rows that are to be added."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def rows(self, atom: Atom, known: Mapping[int, Any], stop: Stop | None) -> list[Row]:
        """A few rows that match an atom; what `stop` leaves open is filled by the rest of its rule."""
        choices = self.choices(stop, atom) if stop is not None else []
        found: dict[Row, None] = {}
        for choice in choices or [{}]:
            given = [
                known.get(column, choice.get(term.name) if isinstance(term, Var) else None)
                for column, term in enumerate(atom.terms)
            ]
            found.update(dict.fromkeys(self._completed(atom, given, stop)))
        return list(found)[: FEW + 1]

    def _completed(self, atom: Atom, given: Sequence[Any], stop: Stop | None) -> Iterator[Row]:
        """Rows with a value in every column: one there is in that column, one the rule speaks of already."""
        spoken = tuple(_spoken(stop)) if stop is not None else ()
        for turn in range(FEW):
            chosen: dict[Any, Any] = {}
            for column, term in enumerate(atom.terms):
                if given[column] is not None:
                    continue
                there = [*self.values(atom.predicate, column), *spoken]
                if there and term not in chosen:
                    chosen[term] = there[min(turn, len(there) - 1)]
            row = [chosen.get(t) if v is None else v for t, v in zip(atom.terms, given, strict=True)]
            if None not in row:
                yield tuple(row)

    def values(self, name: str, column: int, most: int = 1) -> list[Any]:
        """Values that stand, or by the rules could stand, in a column of what is asserted; 0 for numbers."""
        node = self.engine.network.nodes.get(base_name(name, self.engine.network.design))
        rows = islice(node.relation.all_rows(), SEEN) if node is not None else ()
        found = dict.fromkeys(row[column] for row in rows)
        if not found:
            found = dict.fromkeys(self.mentioned(name, column))
        if not found and self.engine.predicates[name].columns[column].type in _NUMERIC:
            return [0]
        return nsmallest(most, found, key=value_key)

    def mentioned(self, name: str, column: int) -> tuple[Any, ...]:
        """The constants that rules write in a column of a predicate, in order."""
        cache = self.engine.walks
        if "mentioned" not in cache:
            cache["mentioned"] = _constants(self.engine)
        found: tuple[Any, ...] = cache["mentioned"].get((name, column), ())
        return found

    def choices(self, stop: Stop, atom: Atom) -> list[dict[str, Any]]:
        """Values of the open variables of an atom under which the rest of the rule would hold."""
        bindings = stop.bindings
        names = tuple(dict.fromkeys(
            t.name for t in atom.terms
            if isinstance(t, Var) and not t.is_wildcard and t.name not in bindings
        ))  # fmt: skip
        if not names:
            return []
        for strict in (True, False):
            outputs, function = self._rest(stop, names, strict)
            if function is None:
                continue
            try:
                rows = set(islice(function(*bindings.values()), SEEN))
            except DatalogError:
                continue
            if rows:
                best = few(rows, FEW)
                return [dict(zip(outputs, row, strict=True)) for row in best]
        return []

    def _rest(
        self, stop: Stop, names: tuple[str, ...], strict: bool
    ) -> tuple[tuple[str, ...], Answers | None]:
        key = ("rest", id(stop.progress), stop.turn, strict)
        cache = self.engine.walks
        if key not in cache:
            cache[key] = self._compiled(stop, names, strict)
        found: tuple[tuple[str, ...], Answers | None] = cache[key]
        return found

    def _compiled(
        self, stop: Stop, names: tuple[str, ...], strict: bool
    ) -> tuple[tuple[str, ...], Answers | None]:
        progress = stop.progress
        known = progress.known(stop.turn)
        rest = [turn.item for turn in progress.turns[stop.turn + 1 :]]
        items = self._usable(rest, set(known), strict)
        bound = set(known).union(*(item_variables(i) for i in items if isinstance(i, Literal)))
        outputs = tuple(name for name in names if name in bound)
        if not outputs:
            return (), None
        rule = CoreRule(Atom("#rest", tuple(map(Var, known))), tuple(items), f"rest of {progress.rule.label}")
        statistics = self.engine.network.statistics_of("explain")
        try:
            compiled = compile_answers(
                rule, tuple(range(len(known))), tuple(map(Var, outputs)), self.engine.solver, statistics
            )
        except Unplannable:
            return (), None
        return outputs, compiled.function

    def _usable(self, rest: list[CoreItem], known: set[str], strict: bool) -> list[CoreItem]:
        literals: list[CoreItem] = [
            item for item in rest
            if isinstance(item, Literal) and not item.negated
            and not self.engine.solver.is_demand(item.atom.predicate)
        ]  # fmt: skip
        bound = known.union(*(item_variables(item) for item in literals))
        tests = [item for item in rest if isinstance(item, Comparison) and item_variables(item) <= bound]
        negated = [i for i in rest if isinstance(i, Literal) and i.negated and _named(i.atom) <= bound]
        return [*literals, *tests, *negated] if strict else literals


def _spoken(stop: Stop) -> Iterator[Any]:
    """Values that an instance of a rule has, then the constants it compares with."""
    yield from dict.fromkeys(value for value in stop.bindings.values() if not isinstance(value, tuple))
    for item in stop.progress.rule.body:
        if isinstance(item, Comparison):
            yield from (side.value for side in (item.left, item.right) if isinstance(side, Const))


def _named(atom: Atom) -> set[str]:
    return variables_of(t for t in atom.terms if not (isinstance(t, Var) and t.is_wildcard))


def _constants(engine: Engine) -> dict[tuple[str, int], tuple[Any, ...]]:
    found: dict[tuple[str, int], dict[Any, None]] = {}
    for rules in engine.network.design.whole.values():
        for rule in rules:
            for item in rule.origins:
                atom = item.goal if isinstance(item, Aggregate) else getattr(item, "atom", None)
                for column, term in enumerate(atom.terms if atom is not None else ()):
                    if isinstance(term, Const) and atom is not None:
                        found.setdefault((atom.predicate, column), {})[term.value] = None
    return {place: tuple(sorted(values, key=value_key)) for place, values in found.items()}
