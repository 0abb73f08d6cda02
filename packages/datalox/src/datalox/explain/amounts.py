"""Values that are to be larger, smaller or other: followed back through arithmetic, derived predicates and
totals to the asserted rows they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from datalox.compile.semantics import is_number
from datalox.explain.combining import cheapest
from datalox.explain.edits import Edit, Edits
from datalox.explain.instances import aggregate_inputs, few, group_variables, is_asserted, matches
from datalox.explain.thresholds import Wish, settled, wishes
from datalox.explain.totals import Total
from datalox.plan.core import CLOCK, CoreItem, CoreRule, variables, variables_of
from datalox.terms import Aggregate, Comparison, Literal, Row, Term, Var

if TYPE_CHECKING:
    from datalox.explain.abduction import Abduction

FEW = 2
"""Rows, or instances of a rule, through which one value is followed."""
INPUTS = 512
"""Totals over more rows are not taken apart."""


class Amounts:
    """Steps that change a value."""

    def __init__(self, abduction: Abduction) -> None:
        self._abduction = abduction
        self._engine = abduction.engine

    def variable(
        self, rule: CoreRule, bindings: Mapping[str, Any], name: str, wish: Wish, depth: int
    ) -> list[Edits]:
        """Edits that give a variable of an instance of a rule the wished value, where it gets it from."""
        pairs = list(zip(rule.body, rule.origins, strict=True))
        literals = [
            o for _, o in pairs if isinstance(o, Literal) and not o.negated and _has(o.atom.terms, name)
        ]
        if len(literals) == 1:
            return self._of_literal(literals[0], bindings, name, wish, depth)
        found: list[Edits] = []
        for item, origin in pairs if not literals else ():
            if isinstance(origin, Aggregate) and origin.result == Var(name):
                found += self.aggregate(item, origin, bindings, wish, depth)
            elif isinstance(origin, Comparison) and (term := _assigns(origin, name)) is not None:
                found += self.term(rule, bindings, term, wish, depth)
        return found

    def term(
        self, rule: CoreRule, bindings: Mapping[str, Any], term: Term, wish: Wish, depth: int
    ) -> list[Edits]:
        """Edits that give a term the wished value, by one of its variables."""
        found: list[Edits] = []
        for name in dict.fromkeys(variables(term)):
            for each in wishes(wish.about(term), name, bindings):
                found += self.variable(rule, bindings, name, each, depth)
        return found

    def _of_literal(
        self, origin: Literal, bindings: Mapping[str, Any], name: str, wish: Wish, depth: int
    ) -> list[Edits]:
        atom = origin.atom
        if atom.predicate == CLOCK:
            return list(self._wait(wish))
        rows = few((row for row, _ in matches(self._engine, atom, bindings)), FEW)
        columns = [i for i, term in enumerate(atom.terms) if term == Var(name)]
        return [edits for row in rows for edits in self.column(atom.predicate, row, columns, wish, depth)]

    def _wait(self, wish: Wish) -> Iterator[Edits]:
        now, weight = self._engine.network.clock, self._abduction.policy.weight("wait", CLOCK)
        at: Any = settled(wish, now, False) if now is not None and weight is not None else None
        if weight is not None and is_number(at) and at > now:
            edit = Edit("wait", CLOCK, at=at, size=at - now, weight=weight)
            yield from self._abduction.policy.admitted(edit)

    def column(self, name: str, row: Row, columns: Sequence[int], wish: Wish, depth: int) -> list[Edits]:
        """Edits after which a row has the wished value in some column, where it has another now."""
        abduction = self._abduction
        found: list[Edits] = []
        if is_asserted(self._engine, name, row):
            for value in self._settled(name, columns[0], row[columns[0]], wish):
                found += abduction.change(name, row, dict.fromkeys(columns, value))
        value = f"value {columns[0]}"
        if len(columns) > 1 or not abduction.enter(value, name, row, depth):
            return found
        for rule in abduction.instances.below(name):
            term = rule.head.terms[columns[0]]
            for bindings in abduction.instances.few(rule, row, FEW):
                found += abduction.guarded(self.term, rule, bindings, term, wish, depth - 1)
        abduction.leave(value, name, row)
        return found

    def _settled(self, name: str, column: int, current: Any, wish: Wish) -> Iterator[Any]:
        """Values that a wish allows in a column."""
        kind = self._engine.predicates[name].columns[column].type
        if wish.op == "!=" and not is_number(wish.bound) and not isinstance(wish.bound, Fraction):
            mentioned = self._abduction.filler.mentioned(name, column)
            yield from [value for value in mentioned if value != wish.bound][:FEW]
            return
        value = settled(wish, current, kind == "int")
        sinks = is_number(value) and is_number(current) and value < 0 <= current
        if value is not None and value != current and not (sinks and not self._goes_below(name, column)):
            yield value

    def _goes_below(self, name: str, column: int) -> bool:
        """Whether there are negative numbers in a column: a size or a count is not made one."""
        values = self._abduction.filler.values(name, column)
        return any(is_number(value) and value < 0 for value in values)

    def aggregate(
        self, item: CoreItem, origin: Aggregate, bindings: Mapping[str, Any], wish: Wish, depth: int
    ) -> list[Edits]:
        """Edits that give an aggregate the wished value."""
        assert origin.goal is not None
        groups = group_variables(item, origin)
        known = {name: value for name, value in bindings.items() if name in groups}
        rows = aggregate_inputs(self._engine, origin, bindings, groups)
        if len(rows) > INPUTS or not isinstance(wish.bound, Fraction):
            return []
        total = Total(self._abduction, origin, rows, known, depth)
        return cheapest(total.steps(wish))


def _has(terms: Sequence[Term], name: str) -> bool:
    return name in variables_of(terms)


def _assigns(item: Comparison, name: str) -> Term | None:
    """The term that a variable is assigned from, in either written order."""
    for side, other in ((item.left, item.right), (item.right, item.left)):
        if item.op == "=" and side == Var(name) and name not in variables_of((other,)):
            return other
    return None
