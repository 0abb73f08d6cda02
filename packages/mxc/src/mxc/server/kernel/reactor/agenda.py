"""When each situation is due: settling, waiting for a wake, backing off after a failure. No I/O, no clock."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mxc.server.kernel.reactor.when import AT_ONCE, Reaction

FIRST_BACKOFF_S: Final = 0.25
LONGEST_BACKOFF_S: Final = 30.0
SWEEP_S: Final = 30.0
POSTPONED_S: Final = 1.0


class Matter(NamedTuple):
    """One derived row under one reaction."""

    reaction: str
    row: tuple[Any, ...]


@dataclass(slots=True)
class Entry:
    """`due`: unix seconds. `is_again`: something happened to it while it ran."""

    reaction: Reaction
    due: float
    failures: int = 0
    is_running: bool = False
    is_again: bool = False


class Agenda:
    """Every row that holds under some reaction, until it vanishes.

    A row that still holds `SWEEP_S` after its reaction ran is run again: level-triggered, like everything
    else here, so that an effect undone behind our back is noticed.
    """

    def __init__(self) -> None:
        self._entries: dict[Matter, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def appear(self, reaction: Reaction, row: tuple[Any, ...], now: float) -> None:
        """A row became true: due once it has held for the reaction's settle time."""
        matter = Matter(reaction.name, row)
        entry = self._entries.get(matter)
        due = now + reaction.settle.total_seconds()
        if entry is None:
            self._entries[matter] = Entry(reaction, due)
        elif entry.is_running:
            entry.is_again = True
        else:
            entry.due = due

    def vanish(self, reaction: Reaction, row: tuple[Any, ...]) -> None:
        """A row is no longer true: nothing of it is due any more."""
        self._entries.pop(Matter(reaction.name, row), None)

    def wake(self, reactions: Iterable[str], now: float, about: Collection[Any] | None = None) -> None:
        """Rows of these reactions that ran are due at once; settling and failing ones keep their time.

        With `about` only rows in which one of these values stands.
        """
        names = set(reactions)
        for matter, entry in self._entries.items():
            if matter.reaction in names and (about is None or any(value in about for value in matter.row)):
                _hurry(entry, now)

    def take(self, now: float) -> list[tuple[Matter, Entry]]:
        """What is due, marked as running, in order of reaction and row."""
        due = [(matter, entry) for matter, entry in self._entries.items() if _is_due(entry, now)]
        for _, entry in due:
            entry.is_running, entry.is_again = True, False
        return sorted(due, key=lambda pair: pair[0])

    def next_due(self) -> float | None:
        """When the next row is due; None when nothing waits."""
        return min((entry.due for entry in self._entries.values() if not entry.is_running), default=None)

    def postpone(self, entry: Entry, now: float) -> None:
        """It cannot run yet: somebody will wake it, and if not it is looked at again soon."""
        entry.is_running = False
        entry.due = now if entry.is_again else now + POSTPONED_S

    def done(self, matter: Matter, entry: Entry, now: float) -> None:
        """Its reaction ran; unless it vanishes it runs again when woken, or after the sweep time."""
        entry.is_running, entry.failures = False, 0
        entry.due = now if entry.is_again else now + SWEEP_S

    def failed(self, matter: Matter, entry: Entry, now: float) -> None:
        """Its reaction failed; it runs again after a time that doubles with each failure."""
        entry.is_running = False
        entry.due = now + min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2**entry.failures)
        entry.failures += 1

    def holds(self, matter: Matter, entry: Entry) -> bool:
        """Whether this very entry is still on the agenda."""
        return self._entries.get(matter) is entry


def _hurry(entry: Entry, now: float) -> None:
    if entry.is_running:
        entry.is_again = True
    elif not entry.failures and entry.reaction.settle == AT_ONCE:
        entry.due = min(entry.due, now)


def _is_due(entry: Entry, now: float) -> bool:
    return not entry.is_running and entry.due <= now
