"""The one place that reads the time for the core: wall time at the start, monotonic from there on."""

import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """Never jumps: a wall clock set backwards or forwards while we run changes no lease and no deadline."""

    def __init__(
        self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self.started = wall()
        self._offset = self.started - monotonic()

    def unix(self) -> float:
        """Seconds since 1970."""
        return self._offset + self._monotonic()

    def now(self) -> datetime:
        """The same as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.unix(), UTC)
