"""Goal-directed evaluation: predicates that are never materialised are solved when asked, per binding
pattern.

`Solver` is also what the planner and the generated code know about the world: live relations, totals of
aggregates,
and functions for demand goals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from datalox.compile.rules import RuleStatistics, compile_answers
from datalox.compile.semantics import is_number
from datalox.demand.goal import Goal
from datalox.demand.tables import Tables
from datalox.diagnostics import DatalogError, Diagnostic
from datalox.maintain.budget import Meter
from datalox.maintain.groups import aggregate_once
from datalox.maintain.network import Network
from datalox.plan.core import CLOCK, CoreRule, Design, Fold
from datalox.plan.desugar import FACTS
from datalox.plan.order import Unplannable, order_body
from datalox.store.relation import Relation
from datalox.terms import Atom, Literal, Row, Term, Var

Columns = tuple[int, ...]
NUMERIC_TYPES = frozenset({"int", "float", "number"})
NUMERIC_AGGREGATES = ("count#", "sum#", "avg#")


class Solver:
    """Answers goals over the network. `numbers`: base predicate -> columns that can only hold numbers."""

    def __init__(
        self, network: Network, design: Design, modes: Mapping[str, tuple[str, ...] | None],
        recursive: Mapping[str, int], numbers: Mapping[str, frozenset[int]],
    ) -> None:  # fmt: skip
        self.network = network
        self.design = design
        self.tables: dict[int, Tables] = {}
        self._modes = modes
        self.recursive = recursive
        self._numbers = numbers
        self._goals: dict[tuple[str, Columns], Goal] = {}
        self._callable: dict[tuple[str, Columns], bool] = {}

    def relation(self, name: str) -> Relation:
        return self.network.nodes[name].relation

    def is_demand(self, name: str) -> bool:
        return name in self.design.demand

    def totals(self, name: str) -> dict[Any, Any]:
        return self.network.totals[name].values

    def numeric(self, name: str, column: int) -> bool:
        """Whether only numbers can stand in the column."""
        if name.startswith(NUMERIC_AGGREGATES):
            return column == self.network.nodes[name].relation.arity - 1
        return name == CLOCK or column in self._numbers.get(name, ())

    @property
    def meter(self) -> Meter:
        return self.network.meter

    def goal(self, name: str, columns: Columns) -> Goal:
        """The goal with `columns` bound. Raises DatalogError (mode) if it needs more."""
        key = (name, columns)
        found = self._goals.get(key)
        if found is None:
            if not self.can_call(name, columns):
                raise self._mode_error(name, columns)
            found = self._goals[key] = Goal(self, name, columns, self.recursive.get(name))
        return found

    def answers(self, name: str, columns: Columns) -> Callable[..., Iterable[Row]]:
        return self.goal(name, columns).answers

    def holds(self, name: str, columns: Columns) -> Callable[..., bool]:
        return self.goal(name, columns).holds

    def can_call(self, name: str, columns: Columns) -> bool:
        """Whether every rule of the demand predicate can be solved with `columns` bound."""
        if not self.is_demand(name):
            return True
        key = (name, columns)
        found = self._callable.get(key)
        if found is None:
            self._callable[key] = True
            found = self._callable[key] = self._missing(name, columns) is None
        return found

    def _missing(self, name: str, columns: Columns) -> set[str] | None:
        """Variables nothing binds when the goal is asked so; None if there are none."""
        modes = self._modes.get(name)
        if modes is not None:
            unbound = {
                f"argument {i + 1}" for i, mode in enumerate(modes) if mode == "+" and i not in columns
            }
            if unbound:
                return unbound
        for rule in self.design.whole[name]:
            bound = {t.name for i in columns if isinstance(t := rule.head.terms[i], Var)}
            try:
                order_body(rule.body, bound, self)
            except Unplannable as refused:
                return refused.missing
        return None

    def _mode_error(self, name: str, columns: Columns) -> DatalogError:
        missing = ", ".join(sorted(self._missing(name, columns) or ()))
        rules = self.design.whole[name]
        arity = rules[0].head.arity
        return DatalogError(
            [Diagnostic("mode", f"{name}/{arity} is a .demand predicate and needs {missing} bound",
                        "bind it by an earlier goal, or pass a value for it")]
        )  # fmt: skip

    def folded(self, item: Fold, columns: Columns) -> Callable[..., list[Row]]:
        """Function of the bound group values: rows (group…, result) of an aggregate computed now."""
        groups: tuple[Term, ...] = item.groups
        goal = Literal(item.goal)
        label = f"{item.op} over {item.goal.predicate}"
        rule = CoreRule(Atom("#fold", groups), (goal,), label)
        statistics = self.network.statistics_of(label)
        wild = [t for t in item.goal.terms if isinstance(t, Var) and t.is_wildcard]
        output = (*groups, item.value, *wild)
        compiled = compile_answers(rule, columns, output, self, statistics)
        width = len(groups)

        def fold(*arguments: Any) -> list[Row]:
            values: dict[Row, list[Any]] = {arguments: []} if item.total else {}
            for row in compiled.function(*arguments):
                values.setdefault(row[:width], []).append(row[width])
            return _folded_rows(item, values, statistics)

        return fold


def _folded_rows(item: Fold, values: Mapping[Row, list[Any]], statistics: RuleStatistics) -> list[Row]:
    rows: list[Row] = []
    for group, found in values.items():
        if item.op in ("sum", "avg"):
            numbers = [value for value in found if is_number(value)]
            for _ in range(len(found) - len(numbers)):
                statistics.fault("not-a-number")
            found = numbers
        result = aggregate_once(item.op, found) if found or item.total else None
        if result is not None:
            rows.append((*group, result))
    return rows


def base_name(name: str, design: Design) -> str:
    """Where asserted rows of a predicate live: its own relation, or the facts beside its rules."""
    return name + FACTS if name in design.whole else name
