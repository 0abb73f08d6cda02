"""Goal-directed evaluation: predicates that are never materialised are solved when asked, per binding
pattern.

`Solver` is also what the planner and the generated code know about the world: live relations, totals of
aggregates,
and functions for demand goals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from datalox.compile.rules import RuleStatistics, compile_answers
from datalox.compile.semantics import is_number
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
        self, network: Network, modes: Mapping[str, tuple[str, ...] | None], recursive: Mapping[str, int],
        numbers: Mapping[str, frozenset[int]],
    ) -> None:  # fmt: skip
        self.network = network
        self.design: Design = network.design
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


class Goal:
    """A demand predicate asked with some columns bound; its functions are compiled when first needed."""

    __slots__ = ("_answers", "_component", "_exists", "_facts", "_solver", "columns", "name")

    def __init__(self, solver: Solver, name: str, columns: Columns, component: int | None) -> None:
        self._solver = solver
        self._component = component
        facts = solver.network.nodes.get(name + FACTS)
        self._facts: Relation | None = facts.relation if facts is not None else None
        self.name = name
        self.columns = columns
        self._answers: list[Callable[..., Iterator[Row]]] | None = None
        self._exists: list[Callable[..., bool]] | None = None

    def answers(self, *arguments: Any) -> Iterable[Row]:
        """Distinct rows of the predicate with the given values in the bound columns."""
        if self._component is not None:
            return self._solver_tables().answers(self, arguments)
        return self._distinct(arguments)

    def _distinct(self, arguments: Row) -> Iterator[Row]:
        seen: set[Row] = set()
        for function in self.functions():
            for row in function(*arguments):
                if row not in seen:
                    seen.add(row)
                    yield row

    def holds(self, *arguments: Any) -> bool:
        """Whether there is such a row; stops at the first."""
        if self._component is not None:
            return bool(self._solver_tables().answers(self, arguments))
        functions = self._exists
        if functions is None:
            functions = self._exists = self._compile(exists=True)
        if self._facts is not None and not self._facts:
            functions = functions[:-1]
        for function in functions:  # noqa: SIM110 - hot: no generator
            if function(*arguments):
                return True
        return False

    def functions(self) -> list[Callable[..., Iterator[Row]]]:
        """One generator per rule that can answer: the one of asserted facts only where there are some."""
        if self._answers is None:
            self._answers = self._compile(exists=False)
        return self._answers[:-1] if self._facts is not None and not self._facts else self._answers

    def forget_plan(self) -> None:
        self._answers = self._exists = None

    def _compile(self, exists: bool) -> list[Callable[..., Any]]:
        solver, network = self._solver, self._solver.network
        functions: list[Callable[..., Any]] = []
        rules = solver.design.whole[self.name]
        for rule in rules if self._facts is None else (*rules[1:], rules[0]):
            statistics = network.statistics_of(rule.label)
            compiled = compile_answers(rule, self.columns, rule.head.terms, solver, statistics, exists)
            shape = "".join("b" if i in self.columns else "f" for i in range(rule.head.arity))
            network.keep(
                f"{rule.label} {'holds' if exists else 'answers'} {shape}", compiled, self.forget_plan
            )
            functions.append(compiled.function)
        return functions

    def _solver_tables(self) -> Tables:
        assert self._component is not None
        found = self._solver.tables.get(self._component)
        if found is None:
            found = self._solver.tables[self._component] = Tables(self._solver.network)
        return found


class Tables:
    """Answers of the recursive goals of one component while one of them is being solved, filled to a
    fixpoint."""

    __slots__ = ("_network", "_open", "_tables")

    def __init__(self, network: Network) -> None:
        self._network = network
        self._tables: dict[tuple[Goal, Row], dict[Row, None]] = {}
        self._open = False

    def answers(self, goal: Goal, arguments: Row) -> Sequence[Row]:
        key = (goal, arguments)
        table = self._tables.get(key)
        if table is None:
            table = self._tables[key] = {}
        if not self._open:
            self._saturate()
            rows = list(table)
            self._tables.clear()
            return rows
        return list(table)

    def _saturate(self) -> None:
        self._open = True
        try:
            while self._round():
                pass
        except BaseException:
            self._tables.clear()
            raise
        finally:
            self._open = False

    def _round(self) -> bool:
        """Solve every goal seen so far once more; whether that found a new answer or a new goal."""
        before = len(self._tables)
        grew = False
        for (goal, arguments), table in list(self._tables.items()):
            for function in goal.functions():
                new = [row for row in function(*arguments) if row not in table]
                if new:
                    grew = True
                    self._network.meter.count_recursive(len(new))
                    table.update(dict.fromkeys(new))
        self._network.meter.count_recursive(len(self._tables) - before)
        return grew or len(self._tables) > before


def base_name(name: str, design: Design) -> str:
    """Where asserted rows of a predicate live: its own relation, or the facts beside its rules."""
    return name + FACTS if name in design.whole else name
