"""From the outbox table to the bus: at least once, in order for each agent, until NATS has it on disk."""

import asyncio
import logging
from collections.abc import Sequence
from itertools import groupby
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.bus.bus import Bus
from mxc.server.kernel.errors import MxcError

_log = logging.getLogger(__name__)
_BATCH: Final = 500
_AGENTS_AT_ONCE: Final = 16
# A lost bell costs this much delay, never a message.
_LOOK_S: Final = 10.0
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0
_READ: Final = text("""
    select outbox.tenant_id, outbox.id, tenants.slug, outbox.agent_id, outbox.workload_id, outbox.payload
    from outbox join tenants on tenants.id = outbox.tenant_id
    order by outbox.id limit :batch
""")
_FORGET: Final = text("""
    delete from outbox using unnest(cast(:tenants as uuid[]), cast(:ids as bigint[])) as sent (tenant_id, id)
    where outbox.tenant_id = sent.tenant_id and outbox.id = sent.id
""")


class Bell(Protocol):
    """Rings when rows were added; may ring too often, or not at all."""

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 (as the doorbell has it)
        """True when it rang within `timeout` seconds."""


class Letter(NamedTuple):
    """One row: a command for an agent."""

    tenant_id: UUID
    id: int
    tenant: str
    agent: UUID
    workload: UUID
    payload: bytes

    @property
    def message_id(self) -> str:
        """Rows count from 1 in every new database, and NATS remembers the ids of the one before."""
        return f"{self.workload}-{self.id}"


class Publisher:
    """Empties the outbox for as long as `run` runs. `published` counts, `fault` says what it waits for."""

    def __init__(self, store: Store, bus: Bus, bell: Bell) -> None:
        self._store = store
        self._bus = bus
        self._bell = bell
        self._room = asyncio.Semaphore(_AGENTS_AT_ONCE)
        self.published = 0
        self.fault = ""

    async def run(self) -> None:
        """For ever; neither PostgreSQL nor NATS being away ends it."""
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                found, sent = await self.publish()
            except (MxcError, SQLAlchemyError, OSError) as error:
                self._note(error)
                found, sent = 1, 0
            if sent:
                pause_s = _FIRST_PAUSE_S
            if not found:
                await self._bell.wait(_LOOK_S)
            elif not sent:
                await asyncio.sleep(pause_s)
                pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)

    async def publish(self) -> tuple[int, int]:
        """One pass: how many rows were waiting (at most 500 are looked at), and how many left."""
        async with self._store.system() as session:
            rows = await session.execute(_READ, {"batch": _BATCH})
            letters = [Letter(*row) for row in rows]
        by_agent = groupby(sorted(letters, key=_recipient), key=_recipient)
        each = await asyncio.gather(*(self._send(list(group)) for _, group in by_agent))
        sent = [letter for group in each for letter in group]
        if sent:
            await self._forget(sent)
            self.published += len(sent)
        if len(sent) == len(letters):
            self.fault = ""
        return len(letters), len(sent)

    async def _send(self, letters: Sequence[Letter]) -> list[Letter]:
        """One agent's, in order; the first that fails keeps back those behind it."""
        sent: list[Letter] = []
        async with self._room:
            for letter in letters:
                try:
                    await self._bus.provision(letter.tenant)
                    await self._bus.deliver(
                        letter.tenant, letter.agent, letter.workload, letter.payload, letter.message_id
                    )
                except MxcError as error:
                    self._note(error)
                    break
                sent.append(letter)
        return sent

    async def _forget(self, sent: Sequence[Letter]) -> None:
        values = {"tenants": [letter.tenant_id for letter in sent], "ids": [letter.id for letter in sent]}
        async with self._store.system() as session:
            await session.execute(_FORGET, values)

    def _note(self, error: Exception) -> None:
        """Say it once, not at every attempt."""
        said = str(error) or type(error).__name__
        if said != self.fault:
            _log.warning("commands wait: %s", said)
        self.fault = said


def _recipient(letter: Letter) -> tuple[UUID, UUID]:
    return (letter.tenant_id, letter.agent)
