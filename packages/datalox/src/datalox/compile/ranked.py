"""Rules of recursive components as functions that read and compare ranks.

The rank of a row is one more than the largest rank in the lowest body found for it, so whatever a row
rests on has a lower rank than the row itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from datalox.compile.body import BodyWriter, Library
from datalox.compile.rules import Compiled, RuleStatistics, begin, drive, relations_of
from datalox.compile.source import Source, python_name
from datalox.plan.core import CoreItem, CoreRule
from datalox.plan.order import Probe, Scan, World, bind_head, order_body
from datalox.store.relation import Relation
from datalox.terms import Literal

RECURSIVE_WEIGHT = 1000.0
"""How much dearer a literal of the component itself is in a search for support."""


class Ranks:
    """Writes the rank of a body's recursive literals. `members`: name -> rows with their ranks."""

    def __init__(self, writer: BodyWriter, members: Mapping[str, Relation]) -> None:
        self.writer = writer
        self.members = members
        writer.keep_wildcards()

    def table(self, name: str) -> str:
        return self.writer.source.name(f"ranks_{name}", self.members[name].rows)

    def of(self, item: Literal) -> str:
        """The expression of the rank of the row that matched `item`."""
        return f"{self.table(item.atom.predicate)}[{self.writer.expressions.tuple_of(item.atom.terms)}]"

    def recursive(self, items: Iterable[CoreItem]) -> list[Literal]:
        return [i for i in items if isinstance(i, Literal) and i.atom.predicate in self.members]


def _driven(
    name: str, rule: CoreRule, driver: int | None, library: Library, members: Mapping[str, Relation],
    statistics: RuleStatistics,
) -> tuple[Source, Ranks, list[CoreItem]]:  # fmt: skip
    source = begin(rule, statistics)
    rest = [item for position, item in enumerate(rule.body) if position != driver]
    writer = BodyWriter(source, library)
    ranks = Ranks(writer, members)
    source.open(f"def {name}(rows, level, out):")
    source.line("read = 0")
    if driver is None:
        source.open("for _ in ONCE:")
    else:
        source.comment(f"driven by item {driver + 1} of the body")
        source.open("for row in rows:")
        drive(writer, rule.body[driver], library)
    writer.steps(order_body(rest, writer.bound, library))
    source.line(f"head = {writer.expressions.tuple_of(rule.head.terms)}")
    return source, ranks, rest


def _finish(source: Source, name: str, rule: CoreRule, rest: list[CoreItem]) -> Compiled:
    source.depth = 1
    source.open("if read:")
    source.line("stat.read += read")
    return Compiled(source.build(name, rule.label), source.text(), relations_of(rest))


def compile_gain(
    rule: CoreRule, driver: int | None, library: Library, members: Mapping[str, Relation],
    statistics: RuleStatistics, growing: bool = False,
) -> Compiled:  # fmt: skip
    """`gain(rows, level, out)`: heads that are not there yet, each with the largest rank of its body. A rule
    that reads nothing of the component also gives heads that are there with a rank above 1.

    `level` is the rank of the driving rows (0 where they are not of the component). In a component that is
    `growing` from nothing no rank is above it.
    """
    source, ranks, rest = _driven("gain", rule, driver, library, members, statistics)
    table = ranks.table(rule.head.predicate)
    is_exit = not ranks.recursive(rule.body)
    source.open(f"if {table}.get(head, 2) > 1:" if is_exit else f"if head not in {table}:")
    others = [] if growing else [ranks.of(item) for item in ranks.recursive(rest)]
    if others:
        source.line(f"top = max(level, {', '.join(others)})")
        source.open("if out.get(head, top) >= top:")
        source.line("out[head] = top")
    else:
        source.line("out[head] = level")
    return _finish(source, "gain", rule, rest)


def compile_loss(
    rule: CoreRule, driver: int, library: Library, members: Mapping[str, Relation], statistics: RuleStatistics
) -> Compiled:
    """`loss(rows, level, out)`: heads whose rank may rest on the driving rows, each with its rank."""
    source, ranks, rest = _driven("loss", rule, driver, library, members, statistics)
    source.names["fault"] = _no_fault
    source.line(f"rank = {ranks.table(rule.head.predicate)}.get(head, 0)")
    bodies = " and ".join(f"{ranks.of(item)} < rank" for item in ranks.recursive(rest))
    source.open(f"if level < rank{' and ' + bodies if bodies else ''}:")
    source.line("out[head] = rank")
    return _finish(source, "loss", rule, rest)


def compile_support(
    rule: CoreRule, first: bool, library: Library, members: Mapping[str, Relation], statistics: RuleStatistics
) -> Compiled:
    """`support(row, limit)`: the largest rank in a body that derives `row` from ranks below `limit`, which
    itself is the answer if there is none. The lowest such body, or the `first` found."""
    source = begin(rule, statistics)
    source.names["fault"] = _no_fault
    writer = BodyWriter(source, library, direct=True)
    ranks = Ranks(writer, members)
    items, bound, parameters = bind_head(rule.head, range(rule.head.arity))
    writer.bound |= bound
    source.open("def support(row, limit):")
    if parameters:
        source.line(f"{', '.join(map(python_name, parameters))}, = row")
    source.open("for _ in ONCE:")
    tops: list[str] = []
    for step in order_body([*items, *rule.body], bound, _RecursionLast(library, members)):
        writer.step(step)
        if isinstance(step, (Scan, Probe)) and ranks.recursive([step.item]):
            tops.append(f"rank{len(tops) + 1}")
            source.line(f"{tops[-1]} = {ranks.of(step.item)}")
            writer.refuse_unless(f"{tops[-1]} >= limit")
    highest = f"max({', '.join(tops)})" if len(tops) > 1 else tops[0] if tops else "0"
    source.line(f"{'return' if first or not tops else 'limit ='} {highest}")
    source.depth = 1
    source.line("return limit")
    return Compiled(source.build("support", rule.label), source.text(), relations_of(rule.body))


def _no_fault(kind: str) -> None:
    """The fault was counted when the row was derived; looking again finds nothing new."""


class _RecursionLast:
    """The world with the literals of the component made dear, so that the others bind what they need."""

    def __init__(self, world: World, members: Mapping[str, Relation]) -> None:
        self._world = world
        self._members = members
        self.is_demand = world.is_demand
        self.can_call = world.can_call

    def relation(self, name: str) -> Relation:
        found = self._world.relation(name)
        return _Dear(found) if name in self._members else found


class _Dear(Relation):
    """A relation to plan with: its rows, but many of them per key."""

    __slots__ = ("_real",)

    def __init__(self, real: Relation) -> None:
        super().__init__(real.name, real.arity)
        self._real = real

    def fanout(self, columns: tuple[int, ...]) -> float:
        return self._real.fanout(columns) * RECURSIVE_WEIGHT
