"""Code that puts one entry of a timer in the place of another, where nothing follows from it: each has one
derivation, and both hold, for the same head, or neither does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import floor
from typing import Any

from datalox.compile.expression import Expressions
from datalox.compile.source import Source, python_name
from datalox.compile.timed import Instant, instants_of
from datalox.plan.core import TemporalSpec, substitute
from datalox.store.timer import ELSEWHERE, HOLDS, ONE, SLACK, Timer
from datalox.terms import Arith, Neg, Term, Var

EXACT = 1 << 42
"""Sums of a few integers up to here can be told from the clock, a float, as closely as SLACK."""
LEAVES = 8


def can_move(spec: TemporalSpec) -> bool:
    """Whether the instants of an entry are the latest or the earliest of short sums."""
    instants = instants_of(spec)
    return bool(instants) and all(
        choose and all(_leaves(term) <= LEAVES for term in terms) for choose, terms in instants
    )


def _leaves(term: Term) -> int:
    """Variables and numbers in a sum of them; more than enough for anything else."""
    if isinstance(term, Neg):
        return _leaves(term.term)
    if isinstance(term, Arith):
        return _leaves(term.left) + _leaves(term.right) if term.op in ("+", "-") else LEAVES + 1
    if isinstance(term, Var) or (isinstance(term.value, (int, float)) and -EXACT < term.value < EXACT):
        return 1
    return LEAVES + 1


def compile_move(spec: TemporalSpec, timer: Timer, unit: Any) -> Callable[..., bool]:
    """`move(before, after, clock, moves)`: whether the one could take the place of the other."""
    source = Source()
    source.comment(spec.label)
    source.names["target"] = unit
    source.open("def move(before, after, clock, moves):")
    old = {parameter.name: Var(parameter.name + "#old") for parameter in spec.parameters}
    for entry, renamed in (("before", old), ("after", {})):
        names = [python_name(renamed.get(p.name, p).name) for p in spec.parameters]
        if names:
            source.line(f"{', '.join(['_'] * spec.head_arity + names)}, = {entry}")
    write_move(source, spec, timer, old)
    source.open("else:")
    source.line("return True")
    source.close()
    source.line("return False")
    return source.build("move", spec.label)


def write_move(source: Source, spec: TemporalSpec, timer: Timer, old: Mapping[str, Var]) -> None:
    """A loop that runs once and is left by `break` if `after`, whose parameters have their own names, cannot
    take the place of `before`, where some have those of `old`. `target` is the timed rule: unscheduled, its
    states are right for the clock."""
    source.names.update(timer=timer, buckets=timer.buckets, floor=floor)
    instants = instants_of(spec)
    heres, theres = ([f"{place}{number}" for number in range(len(instants))] for place in ("here", "there"))
    source.open("for _ in ONCE:")
    _leave_if(source, "target.scheduled or clock is None")
    source.open("try:")
    for name, (choose, terms) in zip(heres, instants, strict=True):
        _write_instant(source, name, choose, [substitute(term, dict(old)) for term in terms])
    for parameter in spec.parameters:
        name = python_name(parameter.name)
        _leave_if(source, f"not -BIG < {name} < BIG and not ({name}.__class__ is int and {_exact(name)})")
    for name, (choose, terms) in zip(theres, instants, strict=True):
        _write_instant(source, name, choose, terms, near=True)
    source.close()
    source.open("except ARITHMETIC_ERRORS:")
    source.line("break")
    source.close()
    _write_state(source, spec, instants, theres)
    for name in (*heres, *theres):
        source.open(f"if {name}.__class__ is not int:")
        source.line(f"{name} = floor({name})")
        source.close()
    _write_exchange(source, heres, theres)
    source.close()


def _exact(name: str) -> str:
    return f"-{EXACT} < {name} < {EXACT}"


def _leave_if(source: Source, condition: str) -> None:
    source.open(f"if {condition}:")
    source.line("break")
    source.close()


def _write_instant(source: Source, name: str, choose: str, terms: Sequence[Term], near: bool = False) -> None:
    """`name`: the latest or the earliest of the terms; `near`: if each can be placed."""
    for number, term in enumerate(terms):
        each = name if not number else "more"
        source.line(f"{each} = {Expressions(source).raw(term)}")
        if near and isinstance(term, (Arith, Neg)):
            _leave_if(source, f"{each}.__class__ is float and not -BIG < {each} < BIG")
        if number:
            source.open(f"if more {'>' if choose == 'max' else '<'} {name}:")
            source.line(f"{name} = more")
            source.close()


def _write_state(source: Source, spec: TemporalSpec, instants: list[Instant], theres: list[str]) -> None:
    """`state`: that of an entry which holds, or does not, as `after` does; it must be clear which."""
    sides = [(">", "+") if choose == "max" else ("<", "-") for choose, _ in instants]
    holds = [f"clock {side} {name} {sign} {SLACK}" for name, (side, sign) in zip(theres, sides, strict=True)]
    fails = [
        f"clock {'<' if side == '>' else '>'} {name} {'-' if sign == '+' else '+'} {SLACK}"
        for name, (side, sign) in zip(theres, sides, strict=True)
    ]
    source.open(f"if {' or '.join(fails)}:")
    source.line(f"state = {ONE}")
    source.close()
    same = f"before[:{spec.head_arity}] == after[:{spec.head_arity}]"
    source.open(f"elif {' and '.join(holds)} and {same}:")
    source.line(f"state = {ONE + HOLDS}")
    source.close()
    source.open("else:")
    source.line("break")
    source.close()


def _write_exchange(source: Source, heres: list[str], theres: list[str]) -> None:
    """Take `before` out of its buckets and put `after` into its own, if each is as it must be."""
    lines = [
        "bucket = buckets.get(here0)",
        "if bucket is None:",
        "    break",
        "found = bucket.pop(before, 0)",
        "if found != state:",
        "    if found:",
        "        bucket[before] = found",
        "    break",
        "other = buckets.get(there0)",
        "if other is None:",
        "    other = timer.bucket(there0)",
        "size = len(other)",
        "other.setdefault(after, state)",
        "if len(other) == size:",
        "    bucket[before] = state",
        "    break",
        "if not bucket:",
        "    timer.close(here0)",
    ]
    for name in heres[1:]:
        lines.append(f"timer.take(before, {name})")
    for name in theres[1:]:
        lines.append(f"timer.bucket({name}).setdefault(after, {ELSEWHERE})")
    lines += ["target.clock = clock", "moves.append((target, before, after, state))"]
    for line in lines:
        source.line(line)
