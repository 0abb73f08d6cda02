"""Keeps every tenant's facts current: notes when the bell rings, the clock, a reconcile now and then."""

import asyncio
import logging
from collections import defaultdict
from datetime import timedelta
from typing import Final
from uuid import UUID

from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.changes.doorbell import Doorbell
from mxc.server.kernel.changes.notes import BATCH, take
from mxc.server.kernel.errors import MxcError, Unavailable
from mxc.server.kernel.facts.directory import Directory
from mxc.server.kernel.facts.engines import Engines, Reconciled
from mxc.server.kernel.facts.tenant import Key
from mxc.server.kernel.lease import Lease

log: Final = logging.getLogger(__name__)

TICK: Final = timedelta(seconds=1)
RECONCILE_EVERY: Final = timedelta(seconds=30)
NEWS_WAIT_S: Final = 1.0


class Keeper:
    """The projector's loop. One per process, only while we lead."""

    def __init__(
        self,
        store: Store,
        engines: Engines,
        directory: Directory,
        bell: Doorbell,
        lease: Lease,
        *,
        tick: timedelta = TICK,
        reconcile_every: timedelta = RECONCILE_EVERY,
    ) -> None:
        self._store = store
        self._engines = engines
        self._directory = directory
        self._bell = bell
        self._lease = lease
        self._tick_s = tick.total_seconds()
        self._reconcile_s = reconcile_every.total_seconds()
        self._backlog: dict[UUID, set[Key]] = defaultdict(set)
        self._heard = False
        self._turn = asyncio.Lock()

    def want(self, tenant_id: UUID, key: Key) -> None:
        """Has a row read again soon, whether or not it is noted."""
        self._backlog[tenant_id].add(key)
        self._bell.ring()

    async def load(self) -> None:
        """Empties the notes and builds every tenant's session from its rows, newer than any note."""
        while len(await take(self._store, epoch=self._epoch())) == BATCH:
            pass
        await self._directory.refresh()
        for tenant_id in self._directory.tenants():
            await self._engines.load(tenant_id)

    async def run(self) -> None:
        """For ever; raises Unavailable `lease-lost` when another coordinator leads."""
        next_reconcile = self._engines.clock.unix() + self._reconcile_s
        while True:
            self._heard |= await self._bell.wait(self._tick_s)
            try:
                if self._heard:
                    await self.pull()
                self._engines.tick()
                if not self._heard and self._engines.clock.unix() >= next_reconcile:
                    await self.reconcile()
                    next_reconcile = self._engines.clock.unix() + self._reconcile_s
            except MxcError as error:
                self._survive(error)

    async def pull(self) -> None:
        """Takes the notes and applies what their rows are now; what fails stays in the backlog."""
        async with self._turn:
            await self._collect()
            await self._apply_backlog()

    async def _apply_backlog(self) -> None:
        for tenant_id in [tenant_id for tenant_id, keys in self._backlog.items() if keys]:
            keys, self._backlog[tenant_id] = self._backlog[tenant_id], set()
            try:
                await self._engines.refresh(tenant_id, keys)
            except BaseException:
                self._backlog[tenant_id] |= keys
                raise

    async def reconcile(self) -> dict[UUID, Reconciled]:
        """Proves that what we hold is what PostgreSQL holds, and repairs it where not."""
        results = {}
        async with self._turn:
            for facts in self._engines:
                tenant_id = facts.tenant_id
                results[tenant_id] = await self._engines.reconcile(tenant_id, self._news)
            await self._apply_backlog()
        return results

    async def _news(self, tenant_id: UUID) -> set[Key]:
        """The rows whose notes came with a ring; notes that lie there without one were not announced."""
        rung = self._heard or await self._bell.wait(NEWS_WAIT_S)
        await self._collect()
        return set(self._backlog[tenant_id]) if rung else set()

    async def _collect(self) -> None:
        self._heard = False
        while True:
            notes = await take(self._store, epoch=self._epoch())
            for note in notes:
                self._backlog[note.tenant_id].add((note.relation, note.row_id))
            if any(note.relation == self._directory.relation for note in notes):
                await self._welcome()
            if len(notes) < BATCH:
                return

    async def _welcome(self) -> None:
        """Loads tenants that are new."""
        await self._directory.refresh()
        for tenant_id in self._directory.tenants():
            if tenant_id not in self._engines:
                await self._engines.load(tenant_id)

    def _epoch(self) -> int:
        epoch = self._lease.epoch
        if epoch is None:
            raise Unavailable("another coordinator leads now", code="lease-lost")
        return epoch

    def _survive(self, error: MxcError) -> None:
        """Anything but the loss of the lease passes: the backlog is kept and the bell rung to try again."""
        if error.code == "lease-lost":
            raise error
        log.warning("the facts could not be brought up to date, trying again: %s", error)
        if any(self._backlog.values()):
            self._bell.ring()
