"""What reactions and inboxes act with: the database, the clock, the lease, and who wants a row read again."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import NotFound, Unavailable
from mxc.server.kernel.facts.clock import Clock
from mxc.server.kernel.facts.tenant import Key
from mxc.server.kernel.lease import Lease
from mxc.server.kernel.perform import Unit, unit

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Hands:
    """`want(tenant, (relation, id))` has a row read again soon."""

    store: Store
    clock: Clock
    lease: Lease
    want: Callable[[UUID, Key], None]

    def epoch(self) -> int:
        """The epoch everything is written under. Raises Unavailable `lease-lost` when we do not lead."""
        epoch = self.lease.epoch
        if epoch is None:
            raise Unavailable("another coordinator leads now", code="lease-lost")
        return epoch

    @asynccontextmanager
    async def unit(self, actor: Actor, cause: UUID | None = None) -> AsyncIterator[Unit]:
        """One transaction of this actor under our epoch."""
        async with unit(self.store, actor, now=self.clock.now(), epoch=self.epoch(), cause=cause) as work:
            yield work

    async def find(self, tenant_id: UUID, resource: type[R], row_id: UUID | str) -> R | None:
        """One row, detached; None when there is none."""
        table: Any = resource
        async with self.store.session(tenant_id) as session:
            rows = await session.execute(select(resource).where(table.id == UUID(str(row_id))))
            return rows.scalar_one_or_none()

    async def load(self, tenant_id: UUID, resource: type[R], row_id: UUID | str) -> R:
        """One row, detached. Raises NotFound."""
        row = await self.find(tenant_id, resource, row_id)
        if row is None:
            raise NotFound(f"there is no {resource.__name__.lower()} {row_id}")
        return row
