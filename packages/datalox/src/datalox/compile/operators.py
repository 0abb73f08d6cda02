"""Generated functions of the operators that are not joins: what feeds an aggregate, and what rows are
ordered by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from datalox.compile.body import BodyWriter, Library
from datalox.compile.rules import RuleStatistics
from datalox.compile.source import Source
from datalox.plan.core import AggregateSpec
from datalox.terms import Order, Row


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
    source.line(f"pairs.append(({writer.group(spec.groups)}, {value}))")
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
