"""Live pages: one subscription per tenant and process, handed on in small batches."""

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

GATHER_S: Final = 0.05
"""How long changes are gathered before pages hear of them: too short to be seen, long enough to be one."""


@dataclass(slots=True)
class Batch:
    """What happened: the last note per row, whether anything derived changed, whether to read all again."""

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

    def of(self, relation: str) -> list[Note]:
        """The rows of one relation that changed."""
        return [note for (name, _), note in self.notes.items() if name == relation]

    def touches(self, names: frozenset[str]) -> bool:
        """Whether any of these relations or predicates changed."""
        changed = {relation for relation, _ in self.notes} | self.derived
        return self.is_resync or bool(names & changed)


Changed: TypeAlias = Callable[[Batch], Awaitable[None]]


@dataclass(eq=False, slots=True)
class _Watcher:
    client: Client
    names: frozenset[str]
    changed: Changed


class Live:
    """Costs nothing while nothing changes: it waits on the feed, and so do the browsers."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._watchers: dict[UUID, set[_Watcher]] = {}
        self._readers: dict[UUID, asyncio.Task[None]] = {}

    def watch(self, tenant_id: UUID, names: frozenset[str], changed: Changed) -> None:
        """Inside a page: calls `changed` when these relations or predicates do, until the page is gone."""
        watcher = _Watcher(context.client, names, changed)
        self._watchers.setdefault(tenant_id, set()).add(watcher)
        context.client.on_delete(lambda: self._forget(tenant_id, watcher))
        if tenant_id not in self._readers:
            self._readers[tenant_id] = asyncio.create_task(self._read(tenant_id), name=f"live {tenant_id}")

    async def close(self) -> None:
        """Stops reading."""
        readers = list(self._readers.values())
        self._readers.clear()
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)

    def _forget(self, tenant_id: UUID, watcher: _Watcher) -> None:
        watchers = self._watchers.get(tenant_id, set())
        watchers.discard(watcher)
        if not watchers and (reader := self._readers.pop(tenant_id, None)):
            reader.cancel()

    async def _read(self, tenant_id: UUID) -> None:
        async for batch in _batches(self._feed.subscribe(tenant_id)):
            for watcher in tuple(self._watchers.get(tenant_id, ())):
                if batch.touches(watcher.names):
                    await _tell(watcher, batch)


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


async def _tell(watcher: _Watcher, batch: Batch) -> None:
    """One page that fails to redraw must not keep the others from hearing."""
    try:
        with watcher.client:
            await watcher.changed(batch)
    except Exception:
        log.exception("a live page could not be brought up to date")
