"""What a transaction changed: net, per predicate, derived ones included."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from datalox.explain.wording import write_values
from datalox.maintain.unit import Unit
from datalox.store.ordering import sorted_rows
from datalox.terms import Row


@dataclass(slots=True)
class Change:
    """Rows of one predicate that appeared and vanished."""

    appeared: Set[Row] = field(default_factory=set)
    vanished: Set[Row] = field(default_factory=set)

    def __repr__(self) -> str:
        signed = [("+", self.appeared), ("-", self.vanished)]
        return (
            "Change("
            + " ".join(f"{s}({write_values(r)})" for s, rows in signed for r in sorted_rows(rows))
            + ")"
        )


Changes = dict[str, Change]


Flips = tuple[str, Iterable[Row], Iterable[Row]]
"""(predicate, rows that appeared, rows that vanished) in one step of propagation"""


def told(log: Iterable[tuple[Unit, Any]]) -> list[Flips]:
    """What a log of propagation has to tell the outside."""
    return [(unit.name, record[1], record[2]) for unit, record in log if unit.visible]


def net_changes(flips: Sequence[Flips]) -> Changes:
    """The differences that flips add up to."""
    if len(flips) == 1:
        name, plus, minus = flips[0]
        return {name: Change(_as_set(plus), _as_set(minus))} if plus or minus else {}
    found: Changes = {}
    merged: dict[str, tuple[set[Row], set[Row]]] = {}
    for name, plus, minus in flips:
        if plus or minus:
            known = found.get(name)
            if known is None:
                found[name] = Change(_as_set(plus), _as_set(minus))
            else:
                sets = merged.get(name)
                if sets is None:
                    sets = merged[name] = set(known.appeared), set(known.vanished)
                _merge(*sets, plus, minus)
    if not merged:
        return found
    found.update((name, Change(*sets)) for name, sets in merged.items())
    return {name: change for name, change in found.items() if change.appeared or change.vanished}


def _as_set(rows: Iterable[Row]) -> Set[Row]:
    """Rows that are a set already may be one that is only made when somebody looks."""
    return set(rows) if rows.__class__ is list or not isinstance(rows, Set) else rows


def _merge(appeared: set[Row], vanished: set[Row], plus: Iterable[Row], minus: Iterable[Row]) -> None:
    for row in minus:
        if row in appeared:
            appeared.discard(row)
        else:
            vanished.add(row)
    for row in plus:
        if row in vanished:
            vanished.discard(row)
        else:
            appeared.add(row)


Callback = Callable[[Change], None]


class Subscriptions:
    """Who wants to hear of which predicate."""

    def __init__(self) -> None:
        self.callbacks: dict[str, list[Callback]] = {}
        self._waiting: deque[Changes] = deque()
        self._is_telling = False

    def add(self, predicate: str, callback: Callback) -> Callable[[], None]:
        callbacks = self.callbacks.setdefault(predicate, [])
        callbacks.append(callback)

        def unsubscribe() -> None:
            if callback in callbacks:
                callbacks.remove(callback)

        return unsubscribe

    def announce(self, changes: Changes) -> None:
        """Tell everyone once, in the order of the commits: what a callback commits is told when what was
        before it has been. Every callback runs; their failures are raised together afterwards."""
        self._waiting.append(changes)
        if self._is_telling:
            return
        failures: list[Exception] = []
        self._is_telling = True
        try:
            while self._waiting:
                failures += self._tell(self._waiting.popleft())
        finally:
            self._is_telling = False
        if failures:
            raise ExceptionGroup("subscribers failed after the commit", failures)

    def _tell(self, changes: Changes) -> list[Exception]:
        failures: list[Exception] = []
        for predicate, change in changes.items():
            for callback in tuple(self.callbacks.get(predicate, ())):
                try:
                    callback(change)
                except Exception as failure:  # noqa: BLE001 - one subscriber must not silence the others
                    failures.append(failure)
        return failures
