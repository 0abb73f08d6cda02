"""Core rules as functions: one per changed literal, one from scratch, one per binding pattern."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from datalox.compile.body import BodyWriter, Library
from datalox.compile.source import Source, heading, python_name
from datalox.plan.core import CoreItem, CoreRule, Total, variables_of
from datalox.plan.order import bind_head, order_body
from datalox.terms import Const, Literal, Term, Var


@dataclass(slots=True)
class RuleStatistics:
    """Counters of one rule. calls: times it ran; touched: changed rows it was given; read: rows it
    looked at."""

    label: str
    calls: int = 0
    touched: int = 0
    read: int = 0
    faults: dict[str, int] | None = None

    def fault(self, kind: str) -> None:
        """Count an instance of the body that could not be computed."""
        if self.faults is None:
            self.faults = {}
        self.faults[kind] = self.faults.get(kind, 0) + 1


@dataclass(frozen=True, slots=True)
class Compiled:
    """A function and the text it was made from."""

    function: Callable[..., Any]
    source: str
    relations: frozenset[str]


def driver_terms(item: CoreItem) -> tuple[Term, ...]:
    """The terms a changed row of `item` is matched with."""
    if isinstance(item, Literal):
        return item.atom.terms
    assert isinstance(item, Total)
    return (*item.groups, item.result)


def relations_of(items: Sequence[CoreItem]) -> frozenset[str]:
    return frozenset(item.atom.predicate for item in items if isinstance(item, Literal))


def begin(rule: CoreRule, statistics: RuleStatistics) -> Source:
    """A source headed by the rule's text, with its counters at hand."""
    source = Source()
    heading(source, rule)
    source.names["stat"] = statistics
    source.names["fault"] = statistics.fault
    return source


def compile_delta(
    rule: CoreRule, driver: int | None, sign: int, library: Library, statistics: RuleStatistics, target: Any
) -> Compiled:
    """`delta(plus, minus)`: for every binding of the body in which the driving item matches a row that
    appeared (vanished), add `sign` to (take it from) `target.delta[head row]`. Without a driver the rows are
    ignored and the whole body is solved."""
    source = begin(rule, statistics)
    source.names["target"] = target
    rest = [item for position, item in enumerate(rule.body) if position != driver]
    writer = BodyWriter(source, library)
    if any(name.startswith("_#") for name in variables_of(rule.head.terms)):
        writer.keep_wildcards()
    source.open("def delta(plus, minus):")
    source.line("read = 0")
    source.line("out = target.delta")
    source.line("get = out.get")
    if driver is None:
        source.line(f"change = {sign}")
        source.open("for _ in ONCE:")
    else:
        source.comment(f"driven by item {driver + 1} of the body")
        source.line("stat.calls += 1")
        source.line("stat.touched += len(plus) + len(minus)")
        source.open(f"for change, rows in (({-sign}, minus), ({sign}, plus)):")
        source.open("for row in rows:")
        drive(writer, rule.body[driver], library)
    writer.steps(order_body(rest, writer.bound, library))
    source.line(f"head = {writer.expressions.tuple_of(rule.head.terms)}")
    source.line("out[head] = get(head, 0) + change")
    source.depth = 1
    source.open("if read:")
    source.line("stat.read += read")
    return Compiled(source.build("delta", rule.label), source.text(), relations_of(rest))


def drive(writer: BodyWriter, item: CoreItem, library: Library) -> None:
    """Bind the variables of the driving item to the values of `row`."""
    terms = driver_terms(item)
    plain = tuple(term if isinstance(term, (Var, Const)) else Var(f"D#{i}") for i, term in enumerate(terms))
    writer.match("row", plain)
    name = item.atom.predicate if isinstance(item, Literal) else ""
    for position, term in enumerate(plain):
        if isinstance(term, Var) and name and library.numeric(name, position):
            writer.expressions.numeric.add(term.name)


def compile_answers(
    rule: CoreRule,
    columns: tuple[int, ...],
    output: Sequence[Term],
    library: Library,
    statistics: RuleStatistics,
    exists: bool = False,
) -> Compiled:
    """`answers(*values of the head's columns)`: yields the tuples of `output` for every binding of the body,
    or says whether there is one (`exists`)."""
    source = begin(rule, statistics)
    writer = BodyWriter(source, library, direct=True)
    items, bound, parameters = bind_head(rule.head, columns)
    writer.bound |= bound
    if any(name.startswith("_#") for name in variables_of(output)):
        writer.keep_wildcards()
    source.open(f"def answers({', '.join(map(python_name, parameters))}):")
    source.line("stat.calls += 1")
    source.open("for _ in ONCE:")
    writer.steps(order_body([*items, *rule.body], bound, library))
    if exists:
        source.line("return True")
        source.depth = 1
        source.line("return False")
    else:
        source.line(f"yield {writer.expressions.tuple_of(tuple(output))}")
    return Compiled(source.build("answers", rule.label), source.text(), relations_of(rule.body))
