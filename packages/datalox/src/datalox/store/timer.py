"""When entries may change their truth: a sorted set of buckets, one per unit of the clock."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor

from sortedcontainers import SortedList

from datalox.terms import Row

SLACK = 0.01
"""How far rounding may move the instant at which a comparison changes, for the magnitudes that are put
in buckets."""


class Timer:
    """Entries by the instants (floored) at which they can change; `always` holds those that cannot be
    placed."""

    __slots__ = ("_buckets", "_ids", "always", "quiet_from", "quiet_to")

    def __init__(self) -> None:
        self._buckets: dict[int, dict[Row, None]] = {}
        self._ids: SortedList = SortedList()
        self.always: dict[Row, None] = {}
        self.quiet_from = 0.0
        self.quiet_to = 0.0

    def add(self, entry: Row, bounds: tuple[int, ...] | None) -> None:
        if bounds is None:
            self.always[entry] = None
            return
        for number in bounds:
            bucket = self._buckets.get(number)
            if bucket is None:
                self._buckets[number] = {entry: None}
                self._ids.add(number)
                if number - 1 < self.quiet_to and number + 2 > self.quiet_from:
                    self.quiet_to = self.quiet_from
            else:
                bucket[entry] = None

    def remove(self, entry: Row, bounds: tuple[int, ...] | None) -> None:
        if bounds is None:
            self.always.pop(entry, None)
            return
        for number in bounds:
            bucket = self._buckets.get(number)
            if bucket is None:
                continue
            bucket.pop(entry, None)
            if not bucket:
                del self._buckets[number]
                self._ids.remove(number)

    def is_quiet(self, clock: float) -> bool:
        """Whether no entry can differ at `clock` from the last settled instant."""
        return self.quiet_from < clock < self.quiet_to and not self.always

    def between(self, earlier: float, later: float) -> Iterator[Row]:
        """Entries that may change between two instants."""
        yield from self.always
        for number in self._ids.irange(floor(earlier - SLACK), floor(later + SLACK)):
            yield from self._buckets[number]

    def settle(self, clock: float) -> None:
        """Entries are right at `clock`: find the interval around it in which nothing can change."""
        ids = self._ids
        low = ids.bisect_left(floor(clock - SLACK))
        high = ids.bisect_right(floor(clock + SLACK))
        if low != high:
            self.quiet_from = self.quiet_to = clock
            return
        self.quiet_from = ids[low - 1] + 1 + SLACK if low else float("-inf")
        self.quiet_to = ids[high] - SLACK if high < len(ids) else float("inf")
