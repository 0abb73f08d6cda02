"""Brings agents' messages to their inboxes, one by one or in batches; only while we lead."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from mxc.protocol import Message, decode
from mxc.server.kernel.bus import Bus
from mxc.server.kernel.facts.directory import Directory
from mxc.server.kernel.reactor.hands import Hands
from mxc.server.kernel.reactor.inbox import Arrival, Inbox

log: Final = logging.getLogger(__name__)

Settings = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """What an inbox may use: the hands it acts with, and the installation's settings."""

    hands: Hands
    settings: Settings


@dataclass(slots=True)
class Counted:
    """Of one kind, since the start."""

    messages: int = 0
    batches: int = 0
    failed: int = 0


class Post:
    """One per process. A coordinator that stands by keeps silent: only the leader's answer is heard."""

    def __init__(
        self, bus: Bus, inboxes: Sequence[Inbox], directory: Directory, hands: Hands, settings: Settings
    ) -> None:
        self.counters: dict[str, Counted] = {inbox.kind: Counted() for inbox in inboxes}
        self._bus = bus
        self._inboxes = inboxes
        self._directory = directory
        self._desk = Desk(hands, settings)
        self._batches: dict[str, _Batch] = {}

    async def open(self) -> None:
        """Begins to listen."""
        for inbox in self._inboxes:
            await self._bus.on(inbox.kind, self._listener(inbox))

    async def close(self) -> None:
        """Ends what is being batched."""
        for batch in self._batches.values():
            await batch.close()

    def _listener(self, inbox: Inbox) -> Callable[[str, UUID, bytes], Awaitable[Message | None]]:
        counted = self.counters[inbox.kind]
        batch = None
        if inbox.every is not None:
            batch = self._batches[inbox.kind] = _Batch(inbox, self._desk, counted)

        async def heard(tenant: str, agent_id: UUID, payload: bytes) -> Message | None:
            if not self._desk.hands.lease.is_current:
                return None
            arrival = await self._arrival(inbox, tenant, agent_id, payload)
            counted.messages += 1
            if batch is not None:
                batch.add(arrival)
                return None
            return await inbox.receive(self._desk, arrival)

        return heard

    async def _arrival(self, inbox: Inbox, tenant: str, agent_id: UUID, payload: bytes) -> Arrival[Any]:
        tenant_id = await self._directory.id_of(tenant)
        now = self._desk.hands.clock.now()
        return Arrival(tenant_id, agent_id, now, decode(inbox.message, payload))


class _Batch:
    """Collects arrivals and hands them over together, one tenant at a time, at most once per `every`."""

    def __init__(self, inbox: Inbox, desk: Desk, counted: Counted) -> None:
        self._inbox = inbox
        self._desk = desk
        self._counted = counted
        self._waiting: dict[UUID, list[Arrival[Any]]] = defaultdict(list)
        self._task: asyncio.Task[None] | None = None

    def add(self, arrival: Arrival[Any]) -> None:
        self._waiting[arrival.tenant_id].append(arrival)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._hand_over(), name=f"batch {self._inbox.kind}")

    async def close(self) -> None:
        """Waits for what is under way."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _hand_over(self) -> None:
        every = self._inbox.every
        while self._waiting:
            await asyncio.sleep(every.total_seconds() if every else 0)
            waiting, self._waiting = self._waiting, defaultdict(list)
            for arrivals in waiting.values():
                await self._receive(arrivals)

    async def _receive(self, arrivals: list[Arrival[Any]]) -> None:
        self._counted.batches += 1
        try:
            await self._inbox.receive(self._desk, arrivals)
        except Exception:
            self._counted.failed += 1
            log.warning("a batch of %d %s was lost", len(arrivals), self._inbox.kind, exc_info=True)
