"""What one row in the place of another means to a rule: usually nothing, or an entry whose instants move.

A heartbeat replaces one row of a key. Where both rows derive the same, or two entries of a timer that hold
alike, nothing follows and nothing is scheduled.
"""

from __future__ import annotations

from collections.abc import Callable

from datalox.compile.body import BodyWriter, Library
from datalox.compile.rules import Compiled, RuleStatistics, begin, drive, relations_of
from datalox.compile.source import Source
from datalox.maintain.unit import Unit
from datalox.plan.core import CoreItem, CoreRule, variables_of
from datalox.plan.order import Scan, order_body
from datalox.store.keyed import KeyedRelation


def compile_swap(
    rule: CoreRule,
    driver: int,
    library: Library,
    statistics: RuleStatistics,
    target: Unit,
    move: Callable[..., bool] | None,
) -> Compiled:
    """`swap(old, new, clock, moves)`: `new` has taken the place of `old` in the driving relation. Changes of
    derivations go to the target's delta, unless `move` can make one entry of the other, which it notes in
    `moves`."""
    source = begin(rule, statistics)
    source.names["target"] = target
    rest = [item for position, item in enumerate(rule.body) if position != driver]
    source.open("def swap(old, new, clock, moves):")
    source.line("stat.calls += 1")
    source.line("stat.touched += 2")
    source.line("read = 0")
    source.line("after = None")
    source.comment(f"driven by item {driver + 1} of the body")
    source.open("for row in (old, new):")
    source.line("before, after = after, None")
    writer = BodyWriter(source, library)
    if any(name.startswith("_#") for name in variables_of(rule.head.terms)):
        writer.keep_wildcards()
    drive(writer, rule.body[driver], library)
    _solve(writer, rule, rest, library)
    source.depth = 1
    source.open("if read:")
    source.line("stat.read += read")
    source.close()
    _hand_over(source, move)
    return Compiled(source.build("swap", rule.label), source.text(), relations_of(rest))


def _solve(writer: BodyWriter, rule: CoreRule, rest: list[CoreItem], library: Library) -> None:
    """`after`: the head of the first solution. Further ones go to the target's delta."""
    source = writer.source
    steps = order_body(rest, writer.bound, library)
    writer.steps(steps)
    source.line(f"head = {writer.expressions.tuple_of(rule.head.terms)}")
    if any(isinstance(step, Scan) and _multiplies(step, library) for step in steps):
        source.open("if after is not None:")
        source.line("out = target.delta")
        source.line("out[head] = out.get(head, 0) + (1 if row is new else -1)")
        source.line("continue")
        source.close()
    source.line("after = head")


def _hand_over(source: Source, move: Callable[..., bool] | None) -> None:
    """`before` and `after`, heads or None, become changes of derivations, unless nothing follows."""
    source.open("if before == after:")
    source.line("return")
    source.close()
    if move is not None:
        source.names["move"] = move
        source.open("if before is not None and after is not None and move(before, after, clock, moves):")
        source.line("return")
        source.close()
    source.line("out = target.delta")
    for name, change in (("before", "- 1"), ("after", "+ 1")):
        source.open(f"if {name} is not None:")
        source.line(f"out[{name}] = out.get({name}, 0) {change}")
        source.close()


def _multiplies(step: Scan, library: Library) -> bool:
    """Whether the step may find several rows."""
    relation = library.relation(step.item.atom.predicate)
    return not (isinstance(relation, KeyedRelation) and set(relation.key) <= set(step.columns))
