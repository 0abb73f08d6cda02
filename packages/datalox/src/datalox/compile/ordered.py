"""Functions over the rows of a walk's driver: where they stand in the order, what they measure, which fit."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from datalox.compile.body import BodyWriter, Library
from datalox.compile.expression import Expressions
from datalox.compile.rules import Compiled, RuleStatistics, begin
from datalox.compile.source import Source, python_name
from datalox.plan.bestfirst import Bound, Walk
from datalox.plan.core import variables
from datalox.plan.order import order_body
from datalox.store.ordering import value_key
from datalox.terms import Var

LEAST, MOST = -inf, inf
NUMBER = "{0}.__class__ is int or {0}.__class__ is float"


class DriverWriter:
    """Compiles what concerns the driver of one walk alone."""

    def __init__(self, walk: Walk, library: Library, statistics: RuleStatistics) -> None:
        self.walk = walk
        self.library = library
        self.statistics = statistics
        self.terms = walk.driver.atom.terms

    def source(self) -> Source:
        source = begin(self.walk.rule, self.statistics)
        source.names.update(LEAST=LEAST, MOST=MOST, value_key=value_key)
        return source

    def built(self, source: Source, function: str) -> Compiled:
        label = f"{self.statistics.label} {function}"
        reads = frozenset({self.walk.driver.atom.predicate})
        return Compiled(source.build(function, label), source.text(), reads)

    def known(self, *before: str) -> list[str]:
        return [*before, *map(python_name, self.walk.known)]

    def row(self, source: Source, skip: Sequence[int] = ()) -> BodyWriter:
        """Bind the driver's variables to the values of `row`."""
        writer = BodyWriter(source, self.library, direct=True)
        if skip:
            writer.bound.update(self.walk.known)
        writer.match("row", self.terms, skip)
        writer.expressions.numeric.update(
            t.name for t in self.terms if isinstance(t, Var) and self._is_number(t)
        )
        return writer

    def _is_number(self, term: Var) -> bool:
        name = self.walk.driver.atom.predicate
        return any(t == term and self.library.numeric(name, i) for i, t in enumerate(self.terms))

    def place(self, by_measure: bool) -> Compiled:
        """`place(rows)`: [(sort key, row, measures)], the key empty where it is no number, its last part only
        there to find the row again. `by_measure`: what measures most comes first."""
        source = self.source()
        measures = self._measures(source)
        source.open("def place(rows):")
        source.line("found = []")
        source.open("for row in rows:")
        writer = self.row(source)
        if by_measure:
            values = self._measured(source, measures)
            key = ", ".join(f"-{value}" for value in values)
        else:
            key = self._sort_key(writer)
            values = self._measured(source, measures)
        source.line(f"found.append((({key}, hash(row)), row, ({''.join(f'{value}, ' for value in values)})))")
        source.depth = 1
        source.line("return found")
        return self.built(source, "place")

    def _sort_key(self, writer: BodyWriter) -> str:
        """Write what a row is ordered by; the parts of its sort key."""
        ranking, source = self.walk.ranking, writer.source
        writer.steps(order_body(ranking.derivation, writer.bound, self.library))
        key = writer.expressions.value(ranking.key)
        if not writer.expressions.is_numeric(ranking.key):
            source.open(f"if not ({NUMBER.format(key)}):")
            source.line("found.append(((), row, ()))")
            source.line("continue")
            source.close()
        ties = "".join(f", *value_key(row[{column}])" for column in ranking.ties)
        return f"{'-' if ranking.descending else ''}{key}{ties}"

    def ranks(self) -> Compiled:
        """`ranks(rows)`: [(what a row is ordered by, the row)], lower is better."""
        source, ranking = self.source(), self.walk.ranking
        source.open("def ranks(rows):")
        source.line("found = []")
        source.open("for row in rows:")
        writer = self.row(source)
        writer.steps(order_body(ranking.derivation, writer.bound, self.library))
        key = writer.expressions.value(ranking.key)
        source.line(f"found.append(({'-' if ranking.descending else ''}{key}, row))")
        source.depth = 1
        source.line("return found")
        return self.built(source, "ranks")

    def _measures(self, source: Source) -> list[str]:
        """What to write for each measure: a column that holds numbers only, or the call of a function."""
        return [self._measure(source, bound, f"measure_{i}") for i, bound in enumerate(self.walk.bounds)]

    def _measure(self, source: Source, bound: Bound, name: str) -> str:
        sign = "" if bound.own is bound.measure else "-"
        if isinstance(bound.own, Var):
            value = python_name(bound.own.name)
            known = self._is_number(bound.own)
            return f"{sign}{value}" if known else f"{sign}{value} if {NUMBER.format(value)} else MOST"
        names = ", ".join(python_name(name) for name in dict.fromkeys(variables(bound.own)))
        expressions = Expressions(source, "return LEAST")
        expressions.numeric.update(t.name for t in self.terms if isinstance(t, Var) and self._is_number(t))
        source.open(f"def {name}({names}):")
        value = expressions.value(bound.own, canonical=False)
        if not expressions.is_numeric(bound.own):
            source.open(f"if not ({NUMBER.format(value)}):")
            source.line("return MOST")
            source.close()
        source.line(f"return {sign}{value}")
        source.close()
        return f"{name}({names})"

    def _measured(self, source: Source, measures: Sequence[str]) -> list[str]:
        for number, value in enumerate(measures):
            source.line(f"most_{number} = {value}")
        return [f"most_{number}" for number in range(len(measures))]

    def measure(self) -> Compiled:
        """`measure(rows)`: of each measure the most there is."""
        source = self.source()
        measures = self._measures(source)
        source.open("def measure(rows):")
        for number in range(len(measures)):
            source.line(f"top_{number} = LEAST")
        source.open("for row in rows:")
        self.row(source)
        for number, value in enumerate(self._measured(source, measures)):
            source.open(f"if {value} > top_{number}:")
            source.line(f"top_{number} = {value}")
            source.close()
        source.depth = 1
        source.line(f"return ({''.join(f'top_{number}, ' for number in range(len(measures)))})")
        return self.built(source, "measure")

    def possible(self) -> Compiled:
        """`possible(most, *known)`: whether there is room for a match where so much is measured."""
        source = self.source()
        source.open(f"def possible({', '.join(self.known('most'))}):")
        conditions = self._limits(source)
        if conditions:
            source.line(f"{self._tops()}, = most")
        source.line(f"return {' and '.join(conditions) or 'True'}")
        return self.built(source, "possible")

    def blocks(self) -> Compiled:
        """`blocks(count, bounds, *known)`: the numbers of the blocks whose bounds leave room for a match."""
        source = self.source()
        source.open(f"def blocks({', '.join(self.known('count', 'bounds'))}):")
        conditions = self._limits(source)
        if not conditions:
            source.line("return range(count)")
            return self.built(source, "blocks")
        source.open(f"for block, {self._tops()} in zip(range(count), *bounds):")
        source.open(f"if {' and '.join(conditions)}:")
        source.line("yield block")
        return self.built(source, "blocks")

    def _limits(self, source: Source) -> list[str]:
        """Write the limit of each measure; the comparisons with what there is."""
        conditions = []
        for number, bound in enumerate(self.walk.bounds):
            limit = python_name(bound.limit.name)
            sign = "" if bound.own is bound.measure else "-"
            source.line(f"limit_{number} = {sign}{limit} if {NUMBER.format(limit)} else LEAST")
            conditions.append(f"top_{number} {'>=' if '=' in bound.op else '>'} limit_{number}")
        return conditions

    def _tops(self) -> str:
        return ", ".join(f"top_{number}" for number in range(len(self.walk.bounds)))

    def fitting(self) -> Compiled:
        """`fitting(rows, *known)`: the rows for which every bound holds."""
        source = self.source()
        source.open(f"def fitting({', '.join(self.known('rows'))}):")
        source.line("found = []")
        source.open("for row in rows:")
        self.passing(source)
        source.line("found.append(row)")
        source.depth = 1
        source.line("return found")
        return self.built(source, "fitting")

    def passing(self, source: Source) -> BodyWriter:
        """Go on with a row for which every bound holds."""
        writer = self.row(source, self.walk.parts)
        writer.bound.update(self.walk.known)
        for bound in self.walk.bounds:
            writer.expressions.test(bound.comparison)
        return writer
