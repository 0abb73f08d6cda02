"""Goals that somebody waits for: looked at again only when a row changes that could make them true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from datalox.maintain.network import Log
from datalox.maintain.transition import Installed
from datalox.plan.core import CLOCK, Design
from datalox.plan.desugar import FACTS
from datalox.session.changes import Changes
from datalox.session.engine import ANY
from datalox.store.index import key_function
from datalox.terms import Row

if TYPE_CHECKING:
    from datalox.session.session import Session

Columns = tuple[int, ...]
Place = tuple[str, Columns, Any]
"""(predicate, columns, values in them)"""


class Watch:
    """One goal. `cancel()` ends it; `looked` counts how often it was looked at again."""

    __slots__ = ("_callback", "_places", "_watches", "looked", "pattern", "predicate")

    def __init__(
        self, watches: Watches, predicate: str, pattern: Row, callback: Callable[[Row], None]
    ) -> None:
        self.predicate = predicate
        self.pattern = pattern
        self.looked = 0
        self._callback = callback
        self._watches = watches
        self._places: tuple[Place, ...] = ()

    def cancel(self) -> None:
        """Nothing is told any more; cancelling twice does nothing."""
        self._watches.drop(self)

    @property
    def is_over(self) -> bool:
        """Whether it was told, or cancelled."""
        return self not in self._watches

    def __repr__(self) -> str:
        shown = ", ".join("_" if value is ANY else str(value) for value in self.pattern)
        return f"<Watch {self.predicate}({shown}){' over' if self.is_over else ''}>"


class Watches:
    """The goals waited for in one session, found by the rows whose change could make them true."""

    def __init__(self, db: Session) -> None:
        self._db = db
        self.waiting: dict[Watch, None] = {}
        self._columns: dict[str, dict[Columns, int]] = defaultdict(dict)
        self._by_place: dict[Place, dict[Watch, None]] = {}

    def __contains__(self, watch: Watch) -> bool:
        return watch in self.waiting

    def add(self, watch: Watch) -> None:
        """Tells at once what holds already."""
        self.waiting[watch] = None
        self._look(watch)

    def drop(self, watch: Watch) -> None:
        if watch in self.waiting:
            del self.waiting[watch]
            self._leave(watch)

    def notice(self, changes: Changes, clock_moved: bool, all_of_them: bool) -> None:
        """After a commit: look again at what may have become true. Their failures are raised together."""
        woken = dict.fromkeys(self.waiting)
        if not all_of_them:
            places = self._changed(changes, clock_moved)
            woken = {watch: None for place in places for watch in self._by_place.get(place, ())}
        failures: list[Exception] = []
        for watch in woken:
            if watch in self.waiting:
                watch.looked += 1
                try:
                    self._look(watch)
                except Exception as failure:  # noqa: BLE001 - one of them must not silence the others
                    failures.append(failure)
        if failures:
            raise ExceptionGroup("watchers failed after the commit", failures)

    def _changed(self, changes: Changes, clock_moved: bool) -> set[Place]:
        found: set[Place] = {(CLOCK, (), ())} if clock_moved else set()
        for name in changes.keys() & self._columns.keys():
            change = changes[name]
            for columns in self._columns[name]:
                key = key_function(columns)
                found.update((name, columns, key(row)) for row in (*change.appeared, *change.vanished))
        return found

    def _look(self, watch: Watch) -> None:
        """Tell it if it holds, else wait where its blockers are. While no module speaks of it only other
        rules can help."""
        self._leave(watch)
        if not self._db._knows(watch.predicate):
            return
        row = next(iter(self._db.query(watch.predicate, *watch.pattern)), None)
        if row is not None:
            del self.waiting[watch]
            watch._callback(row)
            return
        watch._places = tuple(
            _place(name, pattern) for name, pattern in self._db._blockers(watch.predicate, watch.pattern)
        )
        for place in watch._places:
            self._by_place.setdefault(place, {})[watch] = None
            counts = self._columns[place[0]]
            counts[place[1]] = counts.get(place[1], 0) + 1

    def _leave(self, watch: Watch) -> None:
        for place in watch._places:
            name, columns, _ = place
            watchers = self._by_place[place]
            del watchers[watch]
            if not watchers:
                del self._by_place[place]
            self._columns[name][columns] -= 1
            if not self._columns[name][columns]:
                del self._columns[name][columns]
                if not self._columns[name]:
                    del self._columns[name]
        watch._places = ()


def _place(name: str, pattern: Row) -> Place:
    if name == CLOCK:
        return CLOCK, (), ()
    columns = tuple(position for position, value in enumerate(pattern) if value is not ANY)
    return name, columns, key_function(columns)(pattern)


def stirred(log: Log, design: Design) -> tuple[bool, bool]:
    """Of a transaction, by its log: whether the clock moved, and whether something was done that is told to
    nobody by predicate: other rules, or facts of what is computed on demand."""
    clock_moved = all_of_them = False
    for unit, _ in log:
        clock_moved |= unit.name == CLOCK
        all_of_them |= isinstance(unit, Installed) or unit.name.removesuffix(FACTS) in design.demand
    return clock_moved, all_of_them
