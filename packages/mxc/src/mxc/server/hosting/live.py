"""Live pages: one subscription per tenant (or partition) and process, handed on in small batches."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from uuid import UUID

from nicegui import Client, context

from mxc.server.kernel.facts.feed import Derived, Feed, Note, Resync

log = logging.getLogger(__name__)

GATHER_S: Final = 0.03
"""How long changes are gathered before pages hear of them: too short to be seen, long enough to be one."""
REST_S: Final = 0.25
"""How long a page that was just brought up to date is left alone."""


@dataclass(slots=True)
class Batch:
    """What happened: the last note per row, which predicates changed, whether to read all again."""

    notes: dict[tuple[str, str], Note] = field(default_factory=dict)
    derived: set[str] = field(default_factory=set)
    is_resync: bool = False

    def add(self, item: Note | Derived | Resync) -> None:
        """Takes in one item of the feed."""
        if isinstance(item, Note):
            self.notes[item.relation, item.id] = item
        elif isinstance(item, Derived):
            self.derived.add(item.predicate)
        else:
            self.is_resync = True

    def merge(self, later: "Batch") -> None:
        """Takes in what happened after it."""
        self.notes |= later.notes
        self.derived |= later.derived
        self.is_resync |= later.is_resync

    def of(self, relation: str) -> list[Note]:
        """The rows of one relation that changed."""
        return [note for (name, _), note in self.notes.items() if name == relation]

    def touches(self, names: frozenset[str]) -> bool:
        """Whether any of these relations or predicates changed."""
        return self.is_resync or bool(names & ({relation for relation, _ in self.notes} | self.derived))


Place: TypeAlias = tuple[UUID, UUID | None]
"""A tenant, and the partition of it that somebody is confined to."""
Changed: TypeAlias = Callable[[Batch], Awaitable[None]]


class Watcher:
    """One page's interest. It is told at its own pace: a slow page delays nobody else."""

    def __init__(self, client: Client, names: frozenset[str], changed: Changed) -> None:
        self.client = client
        self.names = names
        self._changed = changed
        self._waiting: Batch | None = None
        self._telling: asyncio.Task[None] | None = None

    def offer(self, batch: Batch) -> None:
        """Has the page told, now or with what else happens while it is busy."""
        if self._waiting is None:
            self._waiting = Batch()
        self._waiting.merge(batch)
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell())

    def stop(self) -> None:
        """Tells it no more."""
        if self._telling is not None:
            self._telling.cancel()

    async def _tell(self) -> None:
        try:
            while (batch := self._waiting) is not None:
                self._waiting = None
                with self.client:
                    await self._changed(batch)
                await asyncio.sleep(REST_S)
        except Exception:
            log.exception("a live page could not be brought up to date")
        finally:
            self._telling = None


class Live:
    """Costs nothing while nothing changes: it waits on the feed, and so do the browsers."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._watchers: dict[Place, set[Watcher]] = {}
        self._readers: dict[Place, asyncio.Task[None]] = {}

    def watch(self, place: Place, names: frozenset[str], changed: Changed) -> None:
        """Inside a page: calls `changed` when these relations or predicates do, until the page is gone."""
        watcher = Watcher(context.client, names, changed)
        self._watchers.setdefault(place, set()).add(watcher)
        context.client.on_delete(lambda: self._forget(place, watcher))
        if place not in self._readers:
            self._readers[place] = asyncio.create_task(self._read(place), name=f"live {place}")

    async def close(self) -> None:
        """Stops reading."""
        readers = list(self._readers.values())
        self._readers.clear()
        for reader in readers:
            reader.cancel()
        for watcher in [each for several in self._watchers.values() for each in several]:
            watcher.stop()
        await asyncio.gather(*readers, return_exceptions=True)

    def _forget(self, place: Place, watcher: Watcher) -> None:
        watchers = self._watchers.get(place, set())
        watchers.discard(watcher)
        watcher.stop()
        if not watchers and (reader := self._readers.pop(place, None)):
            reader.cancel()

    async def _read(self, place: Place) -> None:
        async for batch in _batches(self._feed.subscribe(*place)):
            for watcher in tuple(self._watchers.get(place, ())):
                if batch.touches(watcher.names):
                    watcher.offer(batch)


async def _batches(items: AsyncIterator[Any]) -> AsyncIterator[Batch]:
    """Gathers what arrives within a moment of the first item."""
    async for first in items:
        batch = Batch()
        batch.add(first)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHER_S):
                async for item in items:
                    batch.add(item)
        yield batch
