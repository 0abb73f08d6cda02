"""Generated functions of a rule with time: when an entry holds, at which instants that can change, and how
one entry takes the place of another."""

from __future__ import annotations

from collections.abc import Callable
from math import floor
from typing import Any, Protocol, TypeAlias

from datalox.compile.expression import Expressions
from datalox.compile.rules import RuleStatistics
from datalox.compile.source import BIG, Source, python_name
from datalox.plan.core import TemporalSpec
from datalox.store.timer import SLACK, Timer
from datalox.terms import Arith, Const, Neg, Term, Var

EXACT = 1 << 42
"""Sums of a few integers up to here can be told from the clock, a float, as closely as SLACK."""
LEAVES = 8
Instant: TypeAlias = "tuple[str, tuple[Term, ...]]"
"""(max | min, terms): the latest or the earliest of some terms"""


class Settled(Protocol):
    """What moving an entry needs to know of its rule. Unscheduled, its states are right for the clock of the
    network as they are for `clock`."""

    clock: Any
    scheduled: bool
    timer: Timer


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
    instants = _instants(spec)
    if instants:
        names = _write_instants(source, spec, instants, Expressions(source, "return None"))
        source.line(f"return ({', '.join(names)},)")
    else:
        source.line("return None")
    return source.build("bounds", spec.label), source.text()


def compile_move(spec: TemporalSpec, unit: Settled) -> tuple[Callable[..., bool], str] | None:
    """`move(before, after, clock, moves)`: put one entry in the place of another if each has one derivation
    and both hold, for the same head, or neither does; whether it was done. None where an entry has more
    than one instant, or one that is more than a short sum."""
    instants = _instants(spec)
    if len(instants) != 1 or not instants[0][0] or not all(map(_is_short_sum, instants[0][1])):
        return None
    choose, terms = instants[0]
    source = _source(spec, _no_fault)
    source.names.update(unit=unit, timer=unit.timer, buckets=unit.timer.buckets)
    source.open("def move(before, after, clock, moves):")
    source.open("if unit.scheduled or clock is None:")
    source.line("return False")
    source.close()
    source.open("try:")
    _write_sums(source, spec, "before", "here", choose, terms)
    _write_sums(source, spec, "after", "there", choose, terms)
    source.close()
    source.open("except ARITHMETIC_ERRORS:")
    source.line("return False")
    source.close()
    side = ">" if choose == "max" else "<"
    for line in _EXCHANGE.strip().splitlines():
        source.line(line.format(side=side, width=spec.head_arity, slack=SLACK))
    return source.build("move", spec.label), source.text()


_EXCHANGE = """
if -{slack} < clock - there < {slack}:
    return False
state = 2
if clock {side} there:
    if before[:{width}] != after[:{width}]:
        return False
    state = 3
if here.__class__ is not int:
    here = floor(here)
if there.__class__ is not int:
    there = floor(there)
bucket = buckets.get(here)
if bucket is None:
    return False
found = bucket.pop(before, 0)
if found != state:
    if found:
        bucket[before] = found
    return False
other = buckets.get(there)
if other is None:
    other = timer.bucket(there)
size = len(other)
other.setdefault(after, state)
if len(other) == size:
    bucket[before] = state
    return False
if not bucket:
    timer.close(here)
unit.clock = clock
moves.append((unit, before, here, after, there, state))
return True
"""


def _is_short_sum(term: Term) -> bool:
    return _leaves(term) <= LEAVES


def _leaves(term: Term) -> int:
    """Variables and numbers in a sum of them; more than enough for anything else."""
    if isinstance(term, Neg):
        return _leaves(term.term)
    if isinstance(term, Arith):
        return _leaves(term.left) + _leaves(term.right) if term.op in ("+", "-") else LEAVES + 1
    return 1 if isinstance(term, Var) or _is_near(term.value) else LEAVES + 1


def _is_near(value: object) -> bool:
    return isinstance(value, (int, float)) and -EXACT < value < EXACT


def _write_sums(
    source: Source, spec: TemporalSpec, entry: str, name: str, choose: str, terms: tuple[Term, ...]
) -> None:
    """`name`: the instant of `entry`, unfloored. What is yet to be placed must be near enough for the clock
    to tell whether it has come."""
    _parameters(source, spec, entry)
    if name == "there":
        for parameter in map(python_name, (parameter.name for parameter in spec.parameters)):
            reach = f"-{EXACT} < {parameter} < {EXACT} if {parameter}.__class__ is int else"
            source.open(f"if not ({reach} -BIG < {parameter} < BIG):")
            source.line("return False")
            source.close()
    names = [source.temporary() for _ in terms] if len(terms) > 1 else [name]
    for each, term in zip(names, terms, strict=True):
        source.line(f"{each} = {Expressions(source).raw(term)}")
        if name == "there" and isinstance(term, (Arith, Neg)):
            source.open(f"if {each}.__class__ is float and not -BIG < {each} < BIG:")
            source.line("return False")
            source.close()
    if len(terms) == 2:
        first, second = names
        source.line(f"{name} = {first} if {first} {'>' if choose == 'max' else '<'} {second} else {second}")
    elif len(terms) > 2:
        source.line(f"{name} = {choose}({', '.join(names)})")


def _instants(spec: TemporalSpec) -> list[Instant]:
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


def _parameters(source: Source, spec: TemporalSpec, entry: str = "entry") -> None:
    if spec.parameters:
        names = ["_"] * spec.head_arity + [python_name(parameter.name) for parameter in spec.parameters]
        source.line(f"{', '.join(names)}{',' if len(names) == 1 else ''} = {entry}")


def _no_fault(kind: str) -> None:
    """The fault is counted where the comparison itself is evaluated."""
