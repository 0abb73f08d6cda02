"""Failed sign-ins, counted by address and by e-mail, so that guessing gets slow."""

from collections import deque
from typing import ClassVar, Final

from mxc.server.kernel.errors import Unavailable

WINDOW_S: Final = 60.0
MOST: Final = 8
MOST_KEYS: Final = 10_000


class TooManyAttempts(Unavailable):
    """Somebody is guessing, or has forgotten."""

    status: ClassVar[int] = 429
    default_code: ClassVar[str] = "too-many-attempts"


class Attempts:
    """The failures of the last minute."""

    def __init__(self) -> None:
        self._failed: dict[str, deque[float]] = {}

    def check(self, now: float, *keys: str) -> None:
        """Raises TooManyAttempts when any of the keys failed too often within the last minute."""
        waits = [self._wait(key, now) for key in keys]
        if longest := max(waits, default=0):
            raise TooManyAttempts(
                "too many failed attempts",
                hint=f"try again in {longest} s",
                details={"retry_after_s": longest},
            )

    def failed(self, now: float, *keys: str) -> None:
        """Counts a failure."""
        if len(self._failed) > MOST_KEYS:
            self._failed = {key: times for key, times in self._failed.items() if now - times[-1] < WINDOW_S}
        for key in keys:
            self._failed.setdefault(key, deque(maxlen=MOST)).append(now)

    def succeeded(self, *keys: str) -> None:
        """Forgets the failures."""
        for key in keys:
            self._failed.pop(key, None)

    def _wait(self, key: str, now: float) -> int:
        times = self._failed.get(key, deque[float]())
        if len(times) < MOST or now - times[0] >= WINDOW_S:
            return 0
        return int(WINDOW_S - (now - times[0])) + 1
