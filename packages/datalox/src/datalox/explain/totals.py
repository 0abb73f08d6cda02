"""Totals that are to come out otherwise: by another value of an input, by fewer inputs, or by more."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any, Final

from datalox.compile.semantics import Fault, canonical, evaluate, is_number
from datalox.explain.candidates import domain
from datalox.explain.combining import TOGETHER, together
from datalox.explain.edits import Edits
from datalox.explain.instances import extend
from datalox.explain.thresholds import Wish, settled, wishes
from datalox.plan.core import variables
from datalox.session.engine import ANY
from datalox.store.ordering import row_key
from datalox.terms import Aggregate, Const, Row, Var

if TYPE_CHECKING:
    from datalox.explain.abduction import Abduction

SINGLES = 8
"""Inputs that are changed, taken away or added, each as a step of its own."""

ORDER: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip

Input = tuple[Row, dict[str, Any], Any]


class Total:
    """One group of an aggregate: its input rows, each with its bindings and its value."""

    def __init__(
        self, abduction: Abduction, origin: Aggregate, rows: Sequence[Row], known: Mapping[str, Any],
        depth: int,
    ) -> None:  # fmt: skip
        assert origin.goal is not None
        self._abduction = abduction
        self._origin = origin
        self._goal = origin.goal
        self._known = known
        self._depth = depth
        self._inputs = sorted(self._valued(rows), key=lambda found: row_key(found[0]))

    def _valued(self, rows: Sequence[Row]) -> Iterator[Input]:
        for row in rows:
            bindings = extend(self._goal, row, self._known)
            if bindings is not None:
                try:
                    value = canonical(evaluate(self._origin.value, bindings))
                except Fault:
                    continue
                if is_number(value) or self._origin.op == "count":
                    yield row, bindings, value

    def steps(self, wish: Wish) -> Iterator[Edits]:
        """Edits after which the total is as wished, none of them more than needed."""
        op = self._origin.op
        if op == "count":
            yield from self._counted(wish)
        elif op in ("sum", "avg"):
            yield from self._summed(wish, op == "avg")
        elif op in ("min", "max"):
            yield from self._extreme(wish, op == "min")

    # -- count

    def _counted(self, wish: Wish) -> Iterator[Edits]:
        values: dict[Any, list[Row]] = {}
        for row, _, value in self._inputs:
            values.setdefault(value, []).append(row)
        for many in range(1, TOGETHER + 1):
            if wish.granted(len(values) - many):
                ways = [self._without(rows) for rows in list(values.values())[: SINGLES * 2]]
                yield from _several([way for way in ways if way], many)
                break
        for many in range(1, TOGETHER + 1):
            if wish.granted(len(values) + many):
                yield from _several(list(self._more(set(values), many + SINGLES)), many)
                break

    def _more(self, there: set[Any], most: int) -> Iterator[list[Edits]]:
        """Ways to have one more input, each with a value that is not counted yet."""
        value = self._origin.value
        column = next((i for i, term in enumerate(self._goal.terms) if term == value), None)
        if column is None or not isinstance(value, Var):
            return
        found = (row[0] for row in domain(self._abduction.engine, self._goal.predicate, (column,)))
        for new in sorted((v for v in found if v not in there), key=lambda v: row_key((v,)))[:most]:
            way = self._with({value.name: new})
            if way:
                yield way

    # -- sum and avg

    def _summed(self, wish: Wish, average: bool) -> Iterator[Edits]:
        count = len(self._inputs)
        whole = sum((Fraction(value) for _, _, value in self._inputs), Fraction(0))
        bound = wish.bound * count if average else wish.bound
        for found in sorted(self._inputs, key=lambda found: -abs(found[2]))[:SINGLES]:
            yield from self._valued_otherwise(found, Wish(wish.op, bound - (whole - Fraction(found[2]))))
        yield from self._lighter(wish, whole, average)
        if not average:
            yield from self._heavier(wish, whole)

    def _lighter(self, wish: Wish, whole: Fraction, average: bool) -> Iterator[Edits]:
        """Without the one input that is nearest to what has to go; else without the largest ones."""

        def granted(total: Fraction, count: int) -> bool:
            return count > 0 and _grants(wish, total / count) if average else _grants(wish, total)

        count = len(self._inputs)
        alone = [found for found in self._inputs if granted(whole - Fraction(found[2]), count - 1)]
        alone.sort(key=lambda found: abs(found[2]))
        for row, _, _ in alone[:SINGLES]:
            yield from self._without([row])
        if alone or wish.op in ("=", "!="):
            return
        falling = wish.op in ("<", "<=")
        gone: list[list[Edits]] = []
        for row, _, value in sorted(self._inputs, key=lambda found: -found[2] if falling else found[2]):
            way = self._without([row]) if average or (value > 0) is falling else []
            if way:
                gone.append(way)
                whole, count = whole - Fraction(value), count - 1
            if len(gone) >= TOGETHER or granted(whole, count):
                break
        if granted(whole, count):
            yield from together(gone)

    def _heavier(self, wish: Wish, whole: Fraction) -> Iterator[Edits]:
        """With one more input, of what is missing."""
        value = self._origin.value
        missing = settled(Wish(wish.op, wish.bound - whole), 0, False)
        if isinstance(value, Var) and missing is not None and wish.op in ("=", ">", ">="):
            yield from self._with({value.name: missing})

    # -- min and max

    def _extreme(self, wish: Wish, smallest: bool) -> Iterator[Edits]:
        """Where the extreme is too far out, every input beyond the bound must come in or go; else one input
        that goes beyond it is enough."""
        inward = (">", ">=") if smallest else ("<", "<=")
        beyond = [found for found in self._inputs if not wish.granted(found[2])]
        if wish.op == "=":
            beyond = [
                found
                for found in self._inputs
                if (found[2] < wish.bound) is smallest and found[2] != wish.bound
            ]
        if wish.op in inward or wish.op == "!=" or (wish.op == "=" and beyond):
            softer = Wish(inward[1], wish.bound) if wish.op == "=" else wish
            ways = [
                [*self._valued_otherwise(f, softer), *self._without([f[0]])] for f in beyond[: TOGETHER + 1]
            ]
            yield from together(ways) if len(ways) <= TOGETHER else ()
            return
        for found in self._inputs[:SINGLES]:
            yield from self._valued_otherwise(found, wish)
        value, missing = self._origin.value, settled(wish, 0, False)
        if isinstance(value, Var) and missing is not None:
            yield from self._with({value.name: missing})

    # -- inputs

    def _valued_otherwise(self, found: Input, wish: Wish) -> Iterator[Edits]:
        """Another value of one input."""
        row, bindings, _ = found
        term = self._origin.value
        for name in dict.fromkeys(variables(term)):
            columns = [i for i, place in enumerate(self._goal.terms) if place == Var(name)]
            for each in wishes(wish.about(term), name, bindings) if columns else ():
                yield from self._abduction.amounts.column(
                    self._goal.predicate, row, columns, each, self._depth - 1
                )

    def _without(self, rows: Sequence[Row]) -> list[Edits]:
        return together([self._abduction.false(self._goal.predicate, row, self._depth - 1) for row in rows])

    def _with(self, values: Mapping[str, Any]) -> list[Edits]:
        """One more input, with these values of the goal's variables."""
        known = {**self._known, **values}
        pattern = tuple(
            term.value
            if isinstance(term, Const)
            else known.get(term.name, ANY)
            if isinstance(term, Var)
            else ANY
            for term in self._goal.terms
        )
        return self._abduction.true(self._goal.predicate, pattern, self._depth - 1)


def _grants(wish: Wish, value: Fraction) -> bool:
    """As `Wish.granted`, of an exact value."""
    return bool(ORDER[wish.op](value, wish.bound))


def _several(ways: Sequence[list[Edits]], many: int) -> Iterator[Edits]:
    """`many` of the ways at once: each alone if one is enough."""
    if many == 1:
        for way in ways[: SINGLES * 2]:
            yield from way
        return
    for chosen in islice(combinations(ways[: SINGLES * 2], many), SINGLES):
        yield from together(chosen)[:2]
