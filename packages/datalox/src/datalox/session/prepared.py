"""A walk made ready: its functions compiled, its indexes at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from datalox.compile.bestfirst import WalkWriter
from datalox.compile.rules import Compiled, RuleStatistics
from datalox.demand import Solver
from datalox.plan.bestfirst import Walk
from datalox.plan.objections import Need, Objection
from datalox.store.follower import Follower
from datalox.store.index import key_function
from datalox.store.ordered import OrderedIndex
from datalox.store.posting import Posting
from datalox.terms import Const, Row, Var

Function = Callable[..., Any]


class Listing:
    """A need: which values of the driver's `column` are listed beside the keys of a question."""

    def __init__(self, need: Need, column: int, posting: Posting, keys: Callable[..., Iterable[Row]]) -> None:
        self.column = column
        self.posting = posting
        self.keys = keys
        self._optional = not (need.decides or need.columns)

    def is_worth_it(self, rows: int) -> bool:
        """Whether its values can narrow down so many rows (or must be looked at anyway)."""
        return not self._optional or len(self.posting.relation) * 4 < rows


class Prepared:
    """`texts`: what was generated so far, by title. `kept`: what follows relations, shared by all walks."""

    def __init__(
        self, walk: Walk, solver: Solver, statistics: RuleStatistics, kept: dict[object, Follower]
    ) -> None:
        self.walk = walk
        self.statistics = statistics
        self.relation = solver.relation(walk.driver.atom.predicate)
        self.texts: dict[str, Compiled] = {}
        self._solver = solver
        self._kept = kept
        self._writer = writer = WalkWriter(walk, solver, statistics)
        self.before: Callable[..., Iterable[Row]] = self._made("before", writer.before())
        self.blocks: Callable[..., Iterable[int]] = self._made("blocks", writer.blocks())
        self.possible: Callable[..., bool] = self._made("possible", writer.possible())
        self.place = self._made("place", writer.place(by_measure=False))
        self._measure = self._made("measure", writer.measure())
        self.ordered = self._index(self.place, walk.ranking)
        self.listings = [self._listing(need) for need in walk.needs]
        self.guards = [self._guard(number, each) for number, each in enumerate(walk.objections)]
        objects = [
            self._made(f"objects {number}", writer.objects(each))
            for number, each in enumerate(walk.objections)
        ]
        self.visit = self._made("visit", writer.visit(objects))
        self.part_of: Callable[[Row], Any] = key_function(walk.parts)
        self._objected: dict[int, Callable[..., Iterable[Row]]] = {}

    def _made(self, title: str, compiled: Compiled) -> Function:
        self.texts[title] = compiled
        return compiled.function

    def _index(self, place: Function, order: object) -> OrderedIndex:
        walk = self.walk
        measured = tuple((bound.own, bound.op) for bound in walk.bounds)
        identity = (walk.driver.atom, walk.parts, order, measured)
        found = self._kept.get(identity)
        if not isinstance(found, OrderedIndex):
            found = OrderedIndex(self.relation, walk.parts, place, self._measure, len(walk.bounds))
            self._kept[identity] = found
        return found

    def _listing(self, need: Need) -> Listing:
        identity = (need.relation, need.columns, need.value)
        found = self._kept.get(identity)
        if not isinstance(found, Posting):
            found = Posting(self._solver.relation(need.relation), need.columns, need.value)
            self._kept[identity] = found
        keys = self._made(f"keys of {need.relation} {need.value}", self._writer.keys(need))
        return Listing(need, self.column(need.variable), found, keys)

    def _guard(self, number: int, objection: Objection) -> Callable[..., bool]:
        return self._made(f"guard {number}", self._writer.guard(objection)) if objection.guard else _always

    def spend(self, rows: int) -> None:
        """Count rows, or blocks of rows, that were looked at."""
        self.statistics.read += rows
        self._solver.meter.spend(rows)

    def column(self, variable: str) -> int:
        """Where a variable stands in the driver."""
        terms = self.walk.driver.atom.terms
        return next(i for i, t in enumerate(terms) if isinstance(t, Var) and t.name == variable)

    def part(self, known: Row) -> Any:
        """Which part of the driver's rows a question is about."""
        walk = self.walk
        if not walk.parts:
            return ()
        values = dict(zip(walk.known, known, strict=True))
        terms = [walk.driver.atom.terms[column] for column in walk.parts]
        key = tuple([t.value if isinstance(t, Const) else values[str(t)] for t in terms])
        return key[0] if len(key) == 1 else key

    @cached_property
    def fitting(self) -> Callable[..., list[Row]]:
        return self._made("fitting", self._writer.fitting())

    @cached_property
    def ranks(self) -> Callable[[Iterable[Row]], list[tuple[Any, Row]]]:
        return self._made("ranks", self._writer.ranks())

    @cached_property
    def roomy(self) -> OrderedIndex:
        """The driver's rows by what they measure."""
        return self._index(self._made("place by measure", self._writer.place(by_measure=True)), None)

    def objected(self, number: int) -> Callable[..., Iterable[Row]]:
        """What gives the values that objection `number` bars."""
        found = self._objected.get(number)
        if found is None:
            compiled = self._writer.objected(self.walk.objections[number])
            found = self._objected[number] = self._made(f"objected {number}", compiled)
        return found


def _always(*_: Any) -> bool:
    return True
