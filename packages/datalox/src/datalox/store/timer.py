"""Entries by the instants at which they may change their truth: a sorted set of buckets, one per unit of
the clock."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from math import floor, inf
from typing import TypeAlias

from sortedcontainers import SortedList

from datalox.terms import Row

SLACK = 0.01
"""How far rounding may move the instant at which a comparison changes, for the magnitudes that are put
in buckets."""

Bucket: TypeAlias = "dict[Row, int]"
Instants: TypeAlias = "tuple[int, ...] | None"
"""Floored instants at which an entry can change; None: it cannot be told when."""
HOLDS = 1
ONE = 2
"""One derivation, in a state."""
ELSEWHERE = -1


class Timer:
    """The state of each entry, in the bucket of its first instant: twice the number of its derivations, and
    one more while it holds. In the buckets of its other instants it is ELSEWHERE.

    From `quiet_from` to `quiet_to` no entry changes; `always` holds those without instants.
    """

    __slots__ = ("_ids", "always", "buckets", "quiet_from", "quiet_to")

    def __init__(self) -> None:
        self.buckets: dict[int, Bucket] = {}
        self._ids: SortedList = SortedList()
        self.always: Bucket = {}
        self.quiet_from = 0.0
        self.quiet_to = 0.0

    def state(self, entry: Row, instants: Instants) -> int:
        """The state of an entry; 0 if it is not here."""
        home = self.always if instants is None else self.buckets.get(instants[0])
        return home.get(entry, 0) if home is not None else 0

    def put(self, entry: Row, instants: Instants, state: int) -> None:
        """Give an entry a state; 0 takes it out."""
        if instants is None:
            if state:
                self.always[entry] = state
            else:
                del self.always[entry]
        elif state:
            for number in instants[1:]:
                self.bucket(number)[entry] = ELSEWHERE
            self.bucket(instants[0])[entry] = state
        else:
            for number in instants:
                self.take(entry, number)

    def bucket(self, number: int) -> Bucket:
        """The bucket of an instant, to put something in."""
        found = self.buckets.get(number)
        if found is None:
            found = self.buckets[number] = {}
            self._ids.add(number)
            if number - 1 < self.quiet_to and number + 2 > self.quiet_from:
                self.quiet_to = self.quiet_from
        return found

    def take(self, entry: Row, number: int) -> None:
        """Take an entry out of the bucket of one of its instants, if it is still there."""
        bucket = self.buckets.get(number)
        if bucket is not None:
            bucket.pop(entry, None)
            if not bucket:
                self.close(number)

    def close(self, number: int) -> None:
        """Nothing is left in the bucket."""
        del self.buckets[number]
        self._ids.remove(number)

    def is_quiet(self, clock: float) -> bool:
        """Whether no entry can differ at `clock` from the last settled instant."""
        return self.quiet_from < clock < self.quiet_to and not self.always

    def between(self, earlier: float, later: float) -> Iterator[Row]:
        """Entries that may change between two instants, some of them twice."""
        yield from self.always
        for number in self._ids.irange(floor(earlier - SLACK), floor(later + SLACK)):
            yield from self.buckets[number]

    def __iter__(self) -> Iterator[Row]:
        """Every entry, some of them twice."""
        return chain(self.always, chain.from_iterable(self.buckets.values()))

    def settle(self, clock: float) -> None:
        """Entries are right at `clock`: find the interval around it in which nothing can change."""
        ids = self._ids
        low = ids.bisect_left(floor(clock - SLACK))
        high = ids.bisect_right(floor(clock + SLACK))
        if low != high:
            self.quiet_from = self.quiet_to = clock
            return
        self.quiet_from = ids[low - 1] + 1 + SLACK if low else -inf
        self.quiet_to = ids[high] - SLACK if high < len(ids) else inf
