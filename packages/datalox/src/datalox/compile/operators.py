"""Generated functions of the operators that are not joins: what feeds an aggregate, and when a row holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import floor
from typing import Any

from datalox.compile.body import BodyWriter, Library
from datalox.compile.expression import Expressions
from datalox.compile.rules import RuleStatistics
from datalox.compile.source import BIG, Source, python_name
from datalox.plan.core import AggregateSpec, TemporalSpec
from datalox.terms import Const, Order, Row, Var


def _source(label: str, statistics: RuleStatistics) -> Source:
    source = Source()
    source.comment(label)
    source.names["stat"] = statistics
    source.names["fault"] = statistics.fault
    return source


def compile_feed(
    spec: AggregateSpec, library: Library, statistics: RuleStatistics
) -> tuple[Callable[..., Any], str]:
    """`feed(rows)`: the (group, value) pairs of the rows that match the goal."""
    source = _source(spec.label, statistics)
    writer = BodyWriter(source, library)
    source.open("def feed(rows):")
    source.line("pairs = []")
    source.open("for row in rows:")
    writer.match("row", spec.goal.terms)
    value = writer.expressions.value(spec.value)
    if spec.op in ("sum", "avg") and not writer.expressions.is_numeric(spec.value):
        source.open(f"if ({value}).__class__ is not int and ({value}).__class__ is not float:")
        source.line('fault("not-a-number")')
        source.line("continue")
        source.close()
    source.line(f"pairs.append(({writer.expressions.tuple_of(spec.groups)}, {value}))")
    source.depth = 1
    source.line("return pairs")
    return source.build("feed", spec.label), source.text()


def compile_ranking(
    order: Order, library: Library, statistics: RuleStatistics
) -> Callable[[Iterable[Row]], list[tuple[Any, Row]]]:
    """`ranking(rows)`: (key, row) of the rows that match the order's atom and have a value for it."""
    source = _source(f"order {order.name}", statistics)
    writer = BodyWriter(source, library)
    source.open("def ranking(rows):")
    source.line("pairs = []")
    source.open("for row in rows:")
    writer.match("row", order.atom.terms)
    source.line(f"pairs.append(({writer.expressions.value(order.by)}, row))")
    source.depth = 1
    source.line("return pairs")
    return source.build("ranking", f"order {order.name}")


def compile_holds(spec: TemporalSpec, statistics: RuleStatistics) -> tuple[Callable[..., Any], str]:
    """`holds(entry, clock)`: whether every comparison is true for the entry at that time."""
    source = _source(spec.label, statistics)
    expressions = Expressions(source, "return False")
    expressions.numeric.add(spec.clock)
    source.open(f"def holds(entry, {python_name(spec.clock)}):")
    _parameters(source, spec)
    for comparison in spec.comparisons:
        expressions.test(comparison)
    source.line("return True")
    return source.build("holds", spec.label), source.text()


def compile_bounds(spec: TemporalSpec, statistics: RuleStatistics) -> tuple[Callable[..., Any], str]:
    """`bounds(entry)`: the instants at which the entry's truth can change; None if they cannot be told
    closely."""
    source = _source(spec.label, statistics)
    source.names["fault"] = _no_fault
    source.names["floor"] = floor
    expressions = Expressions(source, "return None")
    source.open("def bounds(entry):")
    _parameters(source, spec)
    terms = (*spec.bounds.after, *spec.bounds.before, *spec.bounds.at) if spec.bounds is not None else ()
    if not terms or any(isinstance(term, Const) and not _is_placeable(term.value) for term in terms):
        source.line("return None")
        return source.build("bounds", spec.label), source.text()
    for parameter in spec.parameters:
        _place_or_give_up(source, python_name(parameter.name))
        expressions.numeric.add(parameter.name)
    values = {id(term): expressions.value(term) for term in terms}
    for term in terms:
        if not isinstance(term, (Var, Const)):
            _place_or_give_up(source, values[id(term)])
    assert spec.bounds is not None
    latest = _one_of("max", [values[id(term)] for term in spec.bounds.after])
    earliest = _one_of("min", [values[id(term)] for term in spec.bounds.before])
    instants = [*latest, *earliest, *(values[id(term)] for term in spec.bounds.at)]
    source.line(f"return ({', '.join(f'floor({instant})' for instant in instants)},)")
    return source.build("bounds", spec.label), source.text()


def _one_of(choose: str, values: list[str]) -> list[str]:
    return [f"{choose}({', '.join(values)})"] if len(values) > 1 else values


def _place_or_give_up(source: Source, name: str) -> None:
    """Only integers, and floats small enough for their rounding not to matter, have a place among the
    buckets."""
    source.open(
        f"if {name}.__class__ is not int and ({name}.__class__ is not float or not -BIG < {name} < BIG):"
    )
    source.line("return None")
    source.close()


def _is_placeable(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and -BIG < value < BIG)


def _parameters(source: Source, spec: TemporalSpec) -> None:
    for position, parameter in enumerate(spec.parameters, spec.head_arity):
        source.line(f"{python_name(parameter.name)} = entry[{position}]")


def _no_fault(kind: str) -> None:
    """Bounds are a hint; the fault is counted where the comparison itself is evaluated."""
