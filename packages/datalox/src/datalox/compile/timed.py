"""Generated functions of a rule with time: when an entry holds, and at which instants that can change."""

from __future__ import annotations

from collections.abc import Callable
from math import floor
from typing import Any, TypeAlias

from datalox.compile.expression import Expressions
from datalox.compile.rules import RuleStatistics
from datalox.compile.source import BIG, Source, python_name
from datalox.plan.core import TemporalSpec
from datalox.terms import Const, Term, Var

Instant: TypeAlias = "tuple[str, tuple[Term, ...]]"
"""(max | min, terms): the latest or the earliest of some terms"""


def _source(spec: TemporalSpec, fault: Callable[[str], None]) -> Source:
    source = Source()
    source.comment(spec.label)
    source.names.update(fault=fault, floor=floor)
    return source


def compile_holds(spec: TemporalSpec, statistics: RuleStatistics) -> tuple[Callable[..., Any], str]:
    """`holds(entry, clock)`: whether every comparison is true for the entry at that time."""
    source = _source(spec, statistics.fault)
    expressions = Expressions(source, "return False")
    expressions.numeric.add(spec.clock)
    source.open(f"def holds(entry, {python_name(spec.clock)}):")
    _parameters(source, spec)
    for comparison in spec.comparisons:
        expressions.test(comparison)
    source.line("return True")
    return source.build("holds", spec.label), source.text()


def compile_bounds(spec: TemporalSpec) -> tuple[Callable[..., Any], str]:
    """`bounds(entry)`: the floored instants at which the entry's truth can change; None if they cannot be
    told closely."""
    source = _source(spec, _no_fault)
    source.open("def bounds(entry):")
    instants = instants_of(spec)
    if instants:
        names = _write_instants(source, spec, instants, Expressions(source, "return None"))
        source.line(f"return ({', '.join(names)},)")
    else:
        source.line("return None")
    return source.build("bounds", spec.label), source.text()


def instants_of(spec: TemporalSpec) -> list[Instant]:
    """The instants at which an entry can change; none where that cannot be told."""
    bounds = spec.bounds
    if bounds is None:
        return []
    found = [("max", bounds.after), ("min", bounds.before), *(("", (term,)) for term in bounds.at)]
    terms = [term for _, group in found for term in group]
    if any(isinstance(term, Const) and not _is_placeable(term.value) for term in terms):
        return []
    return [(choose, group) for choose, group in found if group]


def _write_instants(
    source: Source, spec: TemporalSpec, instants: list[Instant], expressions: Expressions
) -> list[str]:
    """Names of the floored instants of `entry`, whose parameters this puts into place."""
    _parameters(source, spec)
    for parameter in spec.parameters:
        _place_or_give_up(source, python_name(parameter.name), expressions.escape)
    expressions.numeric |= {spec.clock, *(parameter.name for parameter in spec.parameters)}
    found: list[str] = []
    for choose, terms in instants:
        values = [expressions.value(term, canonical=False) for term in terms]
        for term, value in zip(terms, values, strict=True):
            if not isinstance(term, (Var, Const)):
                _place_or_give_up(source, value, expressions.escape)
        chosen = f"{choose}({', '.join(values)})" if len(values) > 1 else values[0]
        found.append(_floored(source, chosen))
    return found


def _floored(source: Source, value: str) -> str:
    name = source.temporary()
    source.line(f"{name} = {value}")
    source.open(f"if {name}.__class__ is not int:")
    source.line(f"{name} = floor({name})")
    source.close()
    return name


def _place_or_give_up(source: Source, name: str, escape: str) -> None:
    """Only integers, and floats small enough for their rounding not to matter, have a place among the
    buckets."""
    source.open(
        f"if {name}.__class__ is not int and ({name}.__class__ is not float or not -BIG < {name} < BIG):"
    )
    source.line(escape)
    source.close()


def _is_placeable(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and -BIG < value < BIG)


def _parameters(source: Source, spec: TemporalSpec) -> None:
    if spec.parameters:
        names = ["_"] * spec.head_arity + [python_name(parameter.name) for parameter in spec.parameters]
        source.line(f"{', '.join(names)}{',' if len(names) == 1 else ''} = entry")


def _no_fault(kind: str) -> None:
    """The fault is counted where the comparison itself is evaluated."""
