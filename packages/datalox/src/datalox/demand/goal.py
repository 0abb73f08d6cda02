"""Goals of demand predicates: what answers them for one binding pattern."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from datalox.compile.rules import compile_answers
from datalox.demand.tables import Tables
from datalox.plan.core import CoreRule, computes
from datalox.plan.desugar import FACTS
from datalox.plan.inline import inline
from datalox.store.relation import Relation
from datalox.terms import Row

if TYPE_CHECKING:
    from datalox.demand.solver import Solver

Columns = tuple[int, ...]


class Goal:
    """A demand predicate asked with some columns bound; its functions are compiled when first needed.

    Calls of predicates with one rule are inlined, unless something is asserted of one of them.
    """

    __slots__ = (
        "_answers", "_assumed", "_component", "_exists", "_facts", "_inlines", "_solver", "columns",
        "computes", "name",
    )  # fmt: skip

    def __init__(self, solver: Solver, name: str, columns: Columns, component: int | None) -> None:
        self._solver = solver
        self._component = component
        facts = solver.network.nodes.get(name + FACTS)
        self._facts: Relation | None = facts.relation if facts is not None else None
        self.name = name
        self.columns = columns
        self.computes = any(computes(rule) for rule in solver.design.whole[name])
        self._answers: list[Callable[..., Iterator[Row]]] | None = None
        self._exists: list[Callable[..., bool]] | None = None
        self._inlines = True
        self._assumed: dict[str, Relation] = {}
        """what is asserted of the predicates that are inlined"""

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
        if self._assumed:
            self._settle()
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
        if self._assumed:
            self._settle()
        if self._answers is None:
            self._answers = self._compile(exists=False)
        return self._answers[:-1] if self._facts is not None and not self._facts else self._answers

    def forget_plan(self) -> None:
        self._answers = self._exists = None

    def _settle(self) -> None:
        """Plan again where facts of inlined predicates have appeared, or have gone."""
        if any(map(len, self._assumed.values())) is self._inlines:
            self._inlines = not self._inlines
            self.forget_plan()

    def _compile(self, exists: bool) -> list[Callable[..., Any]]:
        solver, network = self._solver, self._solver.network
        functions: list[Callable[..., Any]] = []
        rules = solver.design.whole[self.name]
        for rule in rules if self._facts is None else (*rules[1:], rules[0]):
            statistics = network.statistics_of(rule.label)
            if self._inlines:
                rule = self._inlined(rule)
            compiled = compile_answers(rule, self.columns, rule.head.terms, solver, statistics, exists)
            shape = "".join("b" if i in self.columns else "f" for i in range(rule.head.arity))
            title = f"{rule.label} {'holds' if exists else 'answers'} {shape}"
            network.keep(rule.label, title, compiled, self.forget_plan)
            functions.append(compiled.function)
        return functions

    def _inlined(self, rule: CoreRule) -> CoreRule:
        inlined = inline(rule, self._solver.design, self._solver.recursive)
        nodes = self._solver.network.nodes
        facts = (name + FACTS for name in inlined.assumed if name + FACTS in nodes)
        self._assumed.update((name, nodes[name].relation) for name in facts)
        return inlined.rule

    def _solver_tables(self) -> Tables:
        assert self._component is not None
        found = self._solver.tables.get(self._component)
        if found is None:
            found = self._solver.tables[self._component] = Tables(self._solver.network)
        return found
