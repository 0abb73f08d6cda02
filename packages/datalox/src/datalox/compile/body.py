"""The steps of a plan as nested Python loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from datalox.compile.expression import Expressions
from datalox.compile.source import Source, python_name
from datalox.maintain.budget import Meter
from datalox.plan.core import Fold, Total
from datalox.plan.order import Bind, Call, FoldCall, Look, Probe, Scan, Step, Test, World
from datalox.plan.text import step_text
from datalox.store.keyed import KeyedRelation
from datalox.terms import Literal, Term, Var


class Library(World, Protocol):
    """What generated code refers to: live dictionaries of the network, and functions for demand goals."""

    def totals(self, name: str) -> dict[Any, Any]: ...
    def numeric(self, name: str, column: int) -> bool: ...
    def answers(self, name: str, columns: tuple[int, ...]) -> Callable[..., Any]: ...
    def holds(self, name: str, columns: tuple[int, ...]) -> Callable[..., bool]: ...
    def folded(self, item: Fold, columns: tuple[int, ...]) -> Callable[..., Any]: ...
    @property
    def meter(self) -> Meter: ...


class BodyWriter:
    """Writes steps into a source, tracking which variables are bound. `direct` counts reads on the
    statistics at once."""

    def __init__(self, source: Source, library: Library, direct: bool = False) -> None:
        self.source = source
        self.library = library
        self.bound: set[str] = set()
        self.expressions = Expressions(source)
        self._direct = direct
        self._rows = 0
        self._metered = direct or library.meter.counts_steps()
        if self._metered:
            source.names["meter"] = library.meter

    def count(self, amount: str, multiplies: bool = True) -> None:
        """Count rows read; what multiplies bindings is spent from the budget."""
        self.source.line(f"stat.read += {amount}" if self._direct else f"read += {amount}")
        if self._metered and multiplies:
            self.source.line(f"meter.left -= {amount}")
            self.source.open("if meter.left < 0:")
            self.source.line("meter.stop()")
            self.source.close()

    def steps(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self.source.heading(f"- {step_text(step, self.library)}")
            self.step(step)

    def step(self, step: Step) -> None:
        if isinstance(step, Scan):
            self.scan(step)
        elif isinstance(step, Probe):
            self.probe(step)
        elif isinstance(step, Test):
            self.expressions.test(step.item)
        elif isinstance(step, Bind):
            self.bind(step)
        elif isinstance(step, Look):
            self.look(step.item)
        elif isinstance(step, Call):
            self.call(step)
        else:
            self.fold(step)

    def row_name(self) -> str:
        self._rows += 1
        return f"row{self._rows}"

    def refuse_unless(self, condition: str) -> None:
        self.source.open(f"if {condition}:")
        self.source.line("continue")
        self.source.close()

    def key(self, literal: Literal, columns: tuple[int, ...]) -> str:
        """The key expression of an index on `columns`."""
        values = [self.expressions.plain(literal.atom.terms[i]) for i in columns]
        return values[0] if len(values) == 1 else f"({', '.join(values)})"

    def match(self, row: str, terms: Sequence[Term], skip: Sequence[int] = ()) -> None:
        """Bind the variables of `terms` to the row's values; leave where a bound term or a constant
        differs."""
        fresh: dict[str, int] = {}
        checks: list[tuple[int, Term]] = []
        for position, term in enumerate(terms):
            if position in skip:
                continue
            if isinstance(term, Var):
                if term.is_wildcard and term.name not in self.bound and not self._keeps_wildcards:
                    continue
                if term.name not in self.bound and term.name not in fresh:
                    fresh[term.name] = position
                    continue
            checks.append((position, term))
        self._unpack(row, fresh, len(terms))
        self.bound |= set(fresh)
        for position, term in checks:
            self.refuse_unless(f"{row}[{position}] != {self.expressions.plain(term)}")

    _keeps_wildcards = False

    def keep_wildcards(self) -> None:
        """Bind wildcards too: their values are part of what is emitted."""
        self._keeps_wildcards = True

    def _unpack(self, row: str, fresh: dict[str, int], width: int) -> None:
        if len(fresh) > 1 and width <= 8:
            names = ["_"] * width
            for name, position in fresh.items():
                names[position] = python_name(name)
            self.source.line(f"{', '.join(names)} = {row}")
            return
        for name, position in fresh.items():
            self.source.line(f"{python_name(name)} = {row}[{position}]")

    def _note_numeric(self, name: str, terms: Sequence[Term]) -> None:
        for position, term in enumerate(terms):
            if isinstance(term, Var) and self.library.numeric(name, position):
                self.expressions.numeric.add(term.name)

    def scan(self, step: Scan) -> None:
        literal, source = step.item, self.source
        name = literal.atom.predicate
        relation = self.library.relation(name)
        row = self.row_name()
        skip = step.columns
        if isinstance(relation, KeyedRelation) and set(relation.key) <= set(step.columns):
            skip = relation.key
            table = source.name(f"by_key_{name}", relation.by_key)
            source.line(f"{row} = {table}.get({self.key(literal, relation.key)})")
            self.refuse_unless(f"{row} is None")
            self.count("1", multiplies=False)
        elif step.columns:
            index = relation.index(step.columns)
            table = source.name(f"index_{name}_{'_'.join(map(str, step.columns))}", index.buckets)
            bucket = source.temporary()
            source.line(f"{bucket} = {table}.get({self.key(literal, step.columns)})")
            self.refuse_unless(f"{bucket} is None")
            self.count(f"len({bucket})")
            source.open(f"for {row} in {bucket}:")
        else:
            table = source.name(f"rows_{name}", relation.all_rows())
            self.count(f"len({table})")
            source.open(f"for {row} in {table}:")
        self.match(row, literal.atom.terms, skip)
        self._note_numeric(name, literal.atom.terms)

    def probe(self, step: Probe) -> None:
        literal, source = step.item, self.source
        name, terms = literal.atom.predicate, literal.atom.terms
        relation = self.library.relation(name)
        if len(step.columns) == len(terms) and isinstance(relation, KeyedRelation):
            table = source.name(f"by_key_{name}", relation.by_key)
            row = self.expressions.tuple_of(terms)
            self.refuse_unless(
                f"{table}.get({self.key(literal, relation.key)}) {'==' if literal.negated else '!='} {row}"
            )
            return
        if len(step.columns) == len(terms):
            table = source.name(f"rows_{name}", relation.rows)
            condition = f"{self.expressions.tuple_of(terms)} in {table}"
        elif not step.columns:
            condition = source.name(f"rows_{name}", relation.all_rows())
        else:
            index = relation.index(step.columns)
            table = source.name(f"index_{name}_{'_'.join(map(str, step.columns))}", index.buckets)
            condition = f"{self.key(literal, step.columns)} in {table}"
        self.refuse_unless(
            condition if literal.negated else f"not {condition}" if not step.columns else _negate(condition)
        )

    def bind(self, step: Bind) -> None:
        value = self.expressions.value(step.term)
        self.source.line(f"{python_name(step.variable.name)} = {value}")
        self.bound.add(step.variable.name)
        if self.expressions.is_numeric(step.term):
            self.expressions.numeric.add(step.variable.name)

    def receive(self, value: str, term: Term) -> None:
        """Bind `term` to a value, or compare it."""
        if isinstance(term, Var) and term.name not in self.bound:
            self.source.line(f"{python_name(term.name)} = {value}")
            self.bound.add(term.name)
        else:
            self.refuse_unless(f"{value} != {self.expressions.value(term)}")

    def group(self, groups: Sequence[Term]) -> str:
        """The key of a group: the value itself of one variable, a tuple of several."""
        if len(groups) == 1:
            return self.expressions.value(groups[0])
        return self.expressions.tuple_of(tuple(groups))

    def look(self, item: Total) -> None:
        table = self.source.name(f"total_{item.name}", self.library.totals(item.name))
        self.receive(f"{table}.get({self.group(item.groups)}, {item.empty})", item.result)
        if isinstance(item.result, Var):
            self.expressions.numeric.add(item.result.name)

    def call(self, step: Call) -> None:
        literal, source = step.item, self.source
        name, terms = literal.atom.predicate, literal.atom.terms
        arguments = ", ".join(self.expressions.plain(terms[i]) for i in step.columns)
        suffix = "".join("b" if i in step.columns else "f" for i in range(len(terms)))
        if literal.negated or len(step.columns) == len(terms):
            function = source.name(f"holds_{name}_{suffix}", self.library.holds(name, step.columns))
            call = f"{function}({arguments})"
            self.refuse_unless(call if literal.negated else f"not {call}")
            return
        function = source.name(f"answers_{name}_{suffix}", self.library.answers(name, step.columns))
        row = self.row_name()
        source.open(f"for {row} in {function}({arguments}):")
        self.count("1")
        self.match(row, terms, step.columns)

    def fold(self, step: FoldCall) -> None:
        item, source = step.item, self.source
        groups = tuple(v.name for v in item.groups)
        columns = tuple(i for i, v in enumerate(groups) if v in self.bound)
        function = source.name(f"fold_{item.op}_{item.goal.predicate}", self.library.folded(item, columns))
        arguments = ", ".join(python_name(groups[i]) for i in columns)
        row = self.row_name()
        source.open(f"for {row} in {function}({arguments}):")
        self.match(row, (*item.groups, item.result), columns)


def _negate(condition: str) -> str:
    return condition.replace(" in ", " not in ", 1) if condition.count(" in ") == 1 else f"not ({condition})"
