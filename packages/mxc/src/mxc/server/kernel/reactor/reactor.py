"""Turns what is derived into what is done: one per tenant."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from mxc.cancelling import cancelled
from mxc.server.kernel.errors import Conflict, MxcError, NotFound
from mxc.server.kernel.facts.answer import plain_row
from mxc.server.kernel.facts.frontier import Frontier
from mxc.server.kernel.facts.tenant import Changes, TenantFacts
from mxc.server.kernel.reactor.agenda import Agenda, Entry, Matter
from mxc.server.kernel.reactor.hands import Hands
from mxc.server.kernel.reactor.situation import Situation
from mxc.server.kernel.reactor.when import Reaction

log: Final = logging.getLogger(__name__)

AT_ONCE_PER_REACTION: Final = 4
LONGEST_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A reaction that failed and will be tried again; gone once it succeeds or its row vanishes."""

    reaction: str
    row: tuple[Any, ...]
    code: str
    message: str
    failures: int
    at: datetime


@dataclass(slots=True)
class Counters:
    """Since the start. `outdated`: the row had moved on before the reaction reached it."""

    run: int = 0
    decisions: int = 0
    failed: int = 0
    outdated: int = 0


class Reactor:
    """Follows one tenant's facts. Several rows are worked on at once, each reaction a few at a time."""

    def __init__(self, facts: TenantFacts, reactions: Sequence[Reaction], hands: Hands) -> None:
        self.counters = Counters()
        self._faults: dict[Matter, Fault] = {}
        self._facts = facts
        self._hands = hands
        self._agenda = Agenda()
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = {each.name: asyncio.Semaphore(AT_ONCE_PER_REACTION) for each in reactions}
        self._turns = {each.name: asyncio.Lock() for each in reactions}
        self._by_predicate: dict[str, list[Reaction]] = {}
        for each in reactions:
            self._by_predicate.setdefault(each.predicate, []).append(each)
        self._wakeful = [each for each in reactions if each.wakes]
        self._frontiers: dict[str, list[Frontier]] = {}
        self._start()

    @property
    def faults(self) -> list[Fault]:
        """What failed and is being tried again, oldest first."""
        return sorted(self._faults.values(), key=lambda fault: fault.at)

    @property
    def waiting(self) -> int:
        """How many derived rows are on the agenda."""
        return len(self._agenda)

    async def run(self) -> None:
        """For ever; cancelled, it ends what it does. Raises Unavailable `lease-lost` when we do not lead."""
        try:
            while True:
                self._wake.clear()
                self._hands.epoch()
                for matter, entry in self._agenda.take(self._hands.clock.unix()):
                    task = asyncio.create_task(self._run_one(matter, entry), name=f"react {matter.reaction}")
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                await self._pause()
        finally:
            await cancelled(*self._tasks)

    async def _pause(self) -> None:
        due = self._agenda.next_due()
        seconds = None if due is None else max(0.0, due - self._hands.clock.unix())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    # ── what is derived ────────────────────────────────────────────────────────────────────────────────

    def _start(self) -> None:
        now = self._hands.clock.unix()
        for predicate, reactions in self._by_predicate.items():
            for row in self._facts.rows(predicate):
                for reaction in reactions:
                    self._agenda.appear(reaction, row, now)
        self._read_frontiers()
        self._facts.listeners.append(self._notice)
        self._facts.on_rules.append(self._rules_changed)
        self._facts.on_release.append(self._released)
        self._facts.reaction_faults = lambda: [asdict(fault) for fault in self.faults]

    def _notice(self, changes: Changes) -> None:
        """Called after every engine transaction."""
        now = self._hands.clock.unix()
        for predicate in changes.keys() & self._by_predicate.keys():
            change = changes[predicate]
            for reaction in self._by_predicate[predicate]:
                for row in change.vanished:
                    self._vanish(reaction, plain_row(row))
                for row in change.appeared:
                    self._agenda.appear(reaction, plain_row(row), now)
                self._wake.set()
        for reaction in self._wakeful:
            self._rouse(reaction, changes, now)

    def _vanish(self, reaction: Reaction, row: tuple[Any, ...]) -> None:
        self._agenda.vanish(reaction, row)
        self._faults.pop(Matter(reaction.name, row), None)

    def _rouse(self, reaction: Reaction, changes: Changes, now: float) -> None:
        """Wakes the rows of a reaction whose answers may have changed."""
        about: set[Any] = set()
        for frontier in self._frontiers[reaction.name]:
            for predicate in changes.keys() & frontier.keys():
                column, change = frontier[predicate], changes[predicate]
                if column is None:
                    self._agenda.wake([reaction.name], now)
                    self._wake.set()
                    return
                about |= {plain_row(row)[column] for row in change.appeared | change.vanished}
        if about:
            self._agenda.wake([reaction.name], now, about)
            self._wake.set()

    def _rules_changed(self) -> None:
        self._read_frontiers()
        self._agenda.wake([each.name for each in self._wakeful], self._hands.clock.unix())
        self._wake.set()

    def _released(self, row_id: str) -> None:
        """What was derived from a decision can go on once the decision is written."""
        self._agenda.wake(self._room, self._hands.clock.unix(), {row_id})
        self._wake.set()

    def _read_frontiers(self) -> None:
        self._frontiers = {
            each.name: [self._facts.frontier(wake) for wake in each.wakes] for each in self._wakeful
        }

    # ── what is done ───────────────────────────────────────────────────────────────────────────────────

    async def _run_one(self, matter: Matter, entry: Entry) -> None:
        async with self._room[matter.reaction]:
            if not self._agenda.holds(matter, entry):
                return
            if not self._facts.is_written(matter.row):
                self._agenda.postpone(entry, self._hands.clock.unix())
                return
            try:
                await self._react(matter, entry.reaction)
            except (Conflict, NotFound) as error:
                self.counters.outdated += 1
                log.info("%s%r: moved on: %s", matter.reaction, matter.row, error)
                self._agenda.failed(matter, entry, self._hands.clock.unix())
            except Exception as error:  # noqa: BLE001 (whatever failed is shown and tried again)
                self._failed(matter, entry, error)
            else:
                self._faults.pop(matter, None)
                self._agenda.done(matter, entry, self._hands.clock.unix())
        self._wake.set()

    async def _react(self, matter: Matter, reaction: Reaction) -> None:
        situation = Situation(self._hands, self._facts, reaction, matter.row, self._turns[reaction.name])
        self.counters.run += 1
        try:
            async with asyncio.timeout(LONGEST_S):
                await reaction.effect(situation, *matter.row)
        finally:
            self.counters.decisions += situation.acts

    def _failed(self, matter: Matter, entry: Entry, error: Exception) -> None:
        self.counters.failed += 1
        self._agenda.failed(matter, entry, self._hands.clock.unix())
        code = error.code if isinstance(error, MxcError) else type(error).__name__
        known = isinstance(error, MxcError)
        log.warning("%s%r failed: %s", matter.reaction, matter.row, error, exc_info=None if known else error)
        if self._agenda.holds(matter, entry):
            self._faults[matter] = Fault(*matter, code, str(error), entry.failures, self._hands.clock.now())


def faults_of(reactors: Iterable[Reactor]) -> list[Fault]:
    """Every fault of several reactors."""
    return [fault for reactor in reactors for fault in reactor.faults]
