"""The running core as surfaces, routes, pages and inboxes see it."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mxc.server.hosting.identity import Identity
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.judge import Permission
from mxc.server.kernel.access.permission import may, may_hand_on, may_read, need, seen_by
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.bulk import Mode, Outcome
from mxc.server.kernel.bus import Bus
from mxc.server.kernel.errors import NotFound, Unavailable
from mxc.server.kernel.facts.clock import Clock
from mxc.server.kernel.facts.engines import Engines
from mxc.server.kernel.facts.feed import Feed
from mxc.server.kernel.facts.tenant import TenantFacts
from mxc.server.kernel.lease import Lease
from mxc.server.kernel.perform import Expect, Unit, unit
from mxc.server.kernel.resource import Action, Spec, spec_of
from mxc.server.kernel.resource.unsealing import opened

R = TypeVar("R")


class Beside(Protocol):
    """What is to happen in the same transaction, before and after it is known what comes of it."""

    async def begin(self, work: Unit) -> None:
        """Before anything is done; what it raises refuses all of it."""

    async def end(self, work: Unit, result: Any) -> None:
        """With the row, or the outcomes."""


@dataclass(slots=True)
class Told:
    """What came of it."""

    result: Any = None


@dataclass(frozen=True, slots=True)
class Core:
    """Composed once in `server/main.py`, then handed to everyone; itself it holds no state."""

    store: Store
    clock: Clock
    lease: Lease
    engines: Engines
    feed: Feed
    bus: Bus
    identity: Identity = field(repr=False)

    def document(self, actor: Actor, row: Any, only: Collection[str] | None = None) -> dict[str, Any]:
        """What this actor is shown of a row, at this moment; `only` these fields where not all are wanted."""
        spec = spec_of(type(row))
        sees = self.sees(actor, spec)
        return spec.document(row, now=self.clock.now(), sees=sees, keys=self.store.keys, only=only)

    def sees(self, actor: Actor, spec: Spec) -> frozenset[str]:
        """The fields that not everybody may see and this actor may."""
        return seen_by(self.store.judge, actor, spec)

    def may(self, actor: Actor, action: Action[Any, ...]) -> None:
        """Returns when the actor may perform the action. Raises Forbidden with the reason."""
        may(self.store.judge, actor, action)

    def may_read(self, actor: Actor, resource: type[Any]) -> None:
        """Returns when the actor may see rows of the resource. Raises Forbidden with the reason."""
        may_read(self.store.judge, actor, resource)

    def has(self, actor: Actor, resource: type[Any], name: str) -> bool:
        """Whether the actor has a permission of a resource: an action's, a field's, or another of its own."""
        return actor.is_internal or self.store.judge.allows(actor, Permission(name, spec_of(resource).plural))

    def need(self, actor: Actor, resource: type[Any], name: str) -> None:
        """The same; raises Forbidden with the reason when they do not have it."""
        if not actor.is_internal:
            need(self.store.judge, actor, Permission(name, spec_of(resource).plural))

    def may_hand_on(self, actor: Actor, action: Action[Any, ...], roles: Collection[str]) -> None:
        """Returns when the actor has all that these roles grant. Raises Forbidden that names the rest."""
        may_hand_on(self.store.judge, actor, action.permission, roles)

    def opened(self, row: Any, column: str) -> str | None:
        """What a column that is kept encrypted holds; for whoever has to use it, never to be shown."""
        return opened(row, column, self.store.keys)

    async def perform(
        self,
        actor: Actor,
        action: Action[Any, ...],
        row_id: UUID | None = None,
        /,
        *,
        expect: Expect | None = None,
        cause: UUID | None = None,
        beside: Beside | None = None,
        **args: Any,
    ) -> Any:
        """The one write path, for one action in a transaction of its own; answers the row, detached.

        What is `beside` it happens in the same transaction.
        What is asked of the facts afterwards knows of it.
        """
        platform = spec_of(action.resource).is_platform
        async with self.unit(actor, cause=cause, platform=platform) as work, _within(work, beside) as told:
            row = told.result = await work.perform(action, row_id, expect=expect, **args)
        await self.engines.follow(actor.tenant_id, row, is_gone=action.removes)
        return row

    async def perform_many(
        self,
        actor: Actor,
        action: Action[Any, ...],
        ids: Sequence[UUID],
        /,
        *,
        mode: Mode = "all",
        beside: Beside | None = None,
        **args: Any,
    ) -> list[Outcome]:
        """One action on many rows in a transaction of its own: see `Unit.perform_many`."""
        platform = spec_of(action.resource).is_platform
        async with self.unit(actor, platform=platform) as work, _within(work, beside) as told:
            outcomes = told.result = await work.perform_many(action, ids, mode=mode, **args)
        for each in outcomes:
            if each.error is None:
                await self.engines.follow(actor.tenant_id, each.row, is_gone=action.removes)
        return outcomes

    @asynccontextmanager
    async def unit(
        self, actor: Actor, *, cause: UUID | None = None, platform: bool = False
    ) -> AsyncIterator[Unit]:
        """Several performs, messages and a decision in one transaction, under the epoch of our lease.

        With `platform` the performs are of what belongs to the whole installation.

        Raises Unavailable when another coordinator leads: nothing is written without the lease.
        """
        epoch = self.lease.epoch
        if epoch is None:
            raise Unavailable(
                "this coordinator does not lead",
                code="not-leading",
                hint="it stands by; ask the one that leads",
            )
        now = self.clock.now()
        async with unit(self.store, actor, now=now, epoch=epoch, cause=cause, platform=platform) as work:
            yield work

    async def note(self, actor: Actor, action: str, resource: str, args: Mapping[str, Any]) -> None:
        """Audits what changed no row: see `Unit.note`."""
        async with self.unit(actor) as work:
            await work.note(action, resource, args)

    async def get(self, actor: Actor, resource: type[R], row_id: UUID) -> R:
        """One row of the actor's tenant; raises NotFound also for another tenant's."""
        found = await self.select(actor, resource, _column(resource, "id") == row_id, limit=1)
        if not found:
            raise NotFound(f"there is no {spec_of(resource).name.replace('_', ' ')} {row_id}")
        return found[0]

    async def select(
        self,
        actor: Actor,
        resource: type[R],
        *where: ColumnElement[bool],
        order: Sequence[Any] = (),
        limit: int = 100,
        offset: int = 0,
    ) -> list[R]:
        """Rows of the actor's tenant (or of the installation) that match, detached."""
        self.may_read(actor, resource)
        platform = spec_of(resource).is_platform
        async with self.store.system() if platform else self.reading(actor) as session:
            query = select(resource).where(*where).order_by(*order).limit(limit)
            rows = await session.scalars(query.offset(offset) if offset else query)
            return list(rows)

    async def count(self, actor: Actor, resource: type[Any], *where: ColumnElement[bool]) -> int:
        """How many rows `select` would find without a limit."""
        self.may_read(actor, resource)
        platform = spec_of(resource).is_platform
        async with self.store.system() if platform else self.reading(actor) as session:
            found = await session.execute(select(func.count()).select_from(resource).where(*where))
            return int(found.scalar_one())

    @asynccontextmanager
    async def reading(self, actor: Actor) -> AsyncIterator[AsyncSession]:
        """A session of the actor's tenant, for what `select` cannot say; it writes nothing."""
        async with self.store.session(actor.tenant_id, partition_id=actor.partition_id) as session:
            yield session

    def facts(self, who: Actor | UUID) -> TenantFacts:
        """The engine session of a tenant; raises Unavailable while it is not loaded here."""
        return self.engines[who.tenant_id if isinstance(who, Actor) else who]


def _column(resource: type[Any], name: str) -> Any:
    return getattr(resource, name)


@asynccontextmanager
async def _within(work: Unit, beside: Beside | None) -> AsyncIterator[Told]:
    told = Told()
    if beside is not None:
        await beside.begin(work)
    yield told
    if beside is not None:
        await beside.end(work, told.result)
