"""A best-first walk, run: the driver's rows from the best on, block by block, until enough is found.

Where the walk reads many rows in vain it takes another way: values that are listed under what the question
needs, or rows found by what they have room for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import groupby
from math import inf
from operator import itemgetter
from typing import Any

from datalox.session.prepared import Prepared
from datalox.store.blocks import Blocks, SortKey
from datalox.store.ordering import sorted_rows
from datalox.terms import Row

PATIENCE = 256
"""Rows of the driver read before another way is looked for."""
FITTING = 512
"""Rows found another way beyond which the walk goes on instead."""
LOOKED_AT = 8192
"""Rows looked at beyond which it does, too."""
COST = 8
"""What it costs to place a row that was found another way, in rows of the walk."""

AHEAD, SPARE = 4, 16
"""Of rows found another way, how many per wanted result are put in order first, and how many more."""

Filter = tuple[int, Set[Any]]


@dataclass(slots=True)
class Asked:
    """One question, for one solution of what comes before the walk. `active`: which objections apply;
    `listed`, `barred`: (column of the driver, values it must, must not be among)."""

    known: Row
    part: Any
    active: list[bool]
    listed: list[Filter]
    wanted: float
    barred: list[Filter] = field(default_factory=list)
    out: list[Row] = field(default_factory=list)
    ties: list[Row] = field(default_factory=list)
    """Results of the rows that compare equal to the last one, where their order is not known yet."""
    tied_at: SortKey | None = None
    knows_better: bool = False
    """Whether the ways that are tried once have been tried."""

    def start_anew(self) -> None:
        """Forget what was found."""
        self.out, self.ties, self.tied_at = [], [], None

    def is_full(self) -> bool:
        return len(self.out) >= self.wanted


class Search:
    """Answers questions with one prepared walk."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared

    def first(self, values: Sequence[Any], wanted: float) -> list[list[Row]] | None:
        """The best `wanted` results for each solution of what comes before the walk; None where a row cannot
        be ordered by a number."""
        ordered = self._prepared.ordered
        ordered.settle()
        if ordered.odd:
            return None
        return [self._one(known, wanted) for known in list(self._prepared.before(*values))]

    def _one(self, known: Row, wanted: float) -> list[Row]:
        prepared = self._prepared
        part = prepared.part(known)
        blocks = prepared.ordered.parts.get(part)
        if blocks is None:
            return []
        listed = self._listed(known, blocks.size)
        if listed is None:
            return []
        active = [guard(*known) for guard in prepared.guards]
        asked = Asked(known, part, active, listed, wanted)
        rarest = min((len(values) for _, values in listed), default=blocks.size)
        if rarest * rarest * COST <= wanted * blocks.size and rarest < blocks.size:
            return self._sorted(asked, self._listed_rows(asked))
        return self._walk(asked, blocks)

    def _listed(self, known: Row, rows: int) -> list[Filter] | None:
        """What the question needs; None if something it needs is listed nowhere."""
        listed: list[Filter] = []
        for listing in self._prepared.listings:
            if not listing.is_worth_it(rows):
                continue
            listing.posting.settle()
            for key in listing.keys(*known):
                values = listing.posting.of(key)
                if not values:
                    return None
                listed.append((listing.column, values))
        return listed

    def _walk(self, asked: Asked, blocks: Blocks) -> list[Row]:
        spend = self._prepared.spend
        patience: float = PATIENCE
        passed = read = 0
        if not self._prepared.possible(blocks.most, *asked.known):
            spend(1)
            return asked.out
        for block in self._prepared.blocks(len(blocks.rows), blocks.bounds, *asked.known):
            spend(block - passed)
            passed = block
            rows = blocks.rows[block]
            if not self._visit(asked, blocks.keys[block], rows) and blocks.loose[block]:
                blocks.tighten(block)
            if asked.is_full():
                return asked.out
            read += len(rows)
            if read > patience:
                rows_found = self._another_way(asked, read)
                if rows_found is not None:
                    asked.start_anew()
                    return self._sorted(asked, rows_found)
                patience = read * 2 if asked.listed else inf
        if blocks.slack and not asked.out:
            blocks.tighten_most()
        spend(len(blocks.rows) - passed)
        self._close(asked)
        return asked.out

    def _visit(self, asked: Asked, keys: Sequence[SortKey], rows: Sequence[Row]) -> bool:
        """Take in what follows from rows; whether a row passed the bounds."""
        if self._prepared.walk.ranking.exact:
            kept = _among(asked, rows) if asked.listed or asked.barred else rows
            return bool(self._prepared.visit(kept, asked.wanted, asked.out, *asked.known, *asked.active))
        alive = False
        for key, pairs in groupby(zip(keys, rows, strict=True), _rank):
            if key != asked.tied_at:
                self._close(asked)
                if asked.is_full():
                    return True
                asked.tied_at = key
            kept = _among(asked, [row for _, row in pairs])
            passed = self._prepared.visit(kept, inf, asked.ties, *asked.known, *asked.active)
            alive = alive or passed
        return alive

    def _close(self, asked: Asked) -> None:
        """Results that tie are complete: put them in order."""
        if asked.ties:
            asked.out += sorted_rows(set(asked.ties))
            asked.ties = []

    def _sorted(self, asked: Asked, rows: Sequence[Row]) -> list[Row]:
        """What follows from rows that were found another way; first from those that rank first."""
        tried = asked.wanted * AHEAD + SPARE
        if len(rows) > 2 * tried:
            ranked = self._prepared.ranks(rows)
            lowest = nsmallest(int(tried), [rank for rank, _ in ranked])
            self._take([row for rank, row in ranked if rank <= lowest[-1]], asked)
            if asked.is_full():
                return asked.out
            asked.start_anew()
        self._take(rows, asked)
        return asked.out

    def _take(self, rows: Iterable[Row], asked: Asked) -> None:
        """Take in what follows from rows in any order."""
        placed = sorted(self._prepared.place(rows), key=itemgetter(0))
        self._visit(asked, [each[0] for each in placed], [each[1] for each in placed])
        self._close(asked)

    def _another_way(self, asked: Asked, read: int) -> Sequence[Row] | None:
        """All rows that can still lead to a result, if they are few; else go on, knowing more."""
        few = False
        if asked.listed:
            column, values = _intersection(asked.listed)
            few = len(values) <= FITTING
            if len(values) * COST <= read:
                return self._listed_rows(asked)
            asked.listed = [(column, values), *(each for each in asked.listed if each[0] != column)]
        rows = None
        if not asked.knows_better:
            asked.knows_better = True
            self._bar(asked)
            if len(self._prepared.walk.bounds) > 1 and not few:
                rows = self._fitting_rows(asked)
        return rows

    def _listed_rows(self, asked: Asked) -> list[Row]:
        """The driver's rows with values that are listed everywhere they must be."""
        prepared = self._prepared
        column, values = _intersection(asked.listed)
        get = prepared.relation.index((column,)).buckets.get
        rows = [row for value in values for row in get(value, ())]
        prepared.spend(len(rows))
        if prepared.walk.parts:
            rows = [row for row in rows if prepared.part_of(row) == asked.part]
        return rows

    def _fitting_rows(self, asked: Asked) -> Sequence[Row] | None:
        """Every row within the bounds, unless there are many."""
        prepared = self._prepared
        prepared.roomy.settle()
        blocks = prepared.roomy.parts.get(asked.part)
        found: list[Row] = []
        looked_at = 0
        if blocks is None:
            return found
        for block in prepared.blocks(len(blocks.rows), blocks.bounds, *asked.known):
            rows = blocks.rows[block]
            fitting = prepared.fitting(rows, *asked.known)
            found += fitting
            looked_at += len(rows)
            if len(found) > FITTING or looked_at > LOOKED_AT:
                return None
            if not fitting and blocks.loose[block]:
                blocks.tighten(block)
        prepared.spend(len(blocks.rows) + looked_at)
        return _among(asked, found)

    def _bar(self, asked: Asked) -> None:
        """Ask objections that can tell once for all, instead of row by row."""
        prepared = self._prepared
        for number, objection in enumerate(prepared.walk.objections):
            if asked.active[number] and objection.variable is not None:
                barred = {value for (value,) in prepared.objected(number)(*asked.known)}
                asked.barred.append((prepared.column(objection.variable), barred))
                asked.active[number] = False


def _rank(pair: tuple[SortKey, Row]) -> SortKey:
    """What a row is ordered by: rows that compare equal have it in common."""
    return pair[0][:-1]


def _among(asked: Asked, rows: Sequence[Row]) -> Sequence[Row]:
    for column, values in asked.listed:
        rows = [row for row in rows if row[column] in values]
    for column, values in asked.barred:
        rows = [row for row in rows if row[column] not in values]
    return rows


def _intersection(listed: Sequence[Filter]) -> Filter:
    """The column with the rarest value, and the values it may have."""
    ordered = sorted(listed, key=lambda each: len(each[1]))
    column, values = ordered[0]
    for other, more in ordered[1:]:
        if other == column:
            values = values & more
    return column, values
