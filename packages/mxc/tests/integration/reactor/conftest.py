"""The loop without agents and surfaces: PostgreSQL, notes, engine, reactions."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Table, select, true, update

from mxc.plugins import load
from mxc.server.domains.rulebooks.operator_rule import operator_rules
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT, Tenant
from mxc.server.domains.workloads.defaults import RULE_SETTINGS
from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.changes.doorbell import Doorbell
from mxc.server.kernel.errors import Unavailable
from mxc.server.kernel.facts.clock import Clock
from mxc.server.kernel.facts.directory import Directory
from mxc.server.kernel.facts.engines import Engines
from mxc.server.kernel.facts.feed import Feed
from mxc.server.kernel.facts.keeper import Keeper
from mxc.server.kernel.facts.rulebook import base_programs
from mxc.server.kernel.facts.tenant import TenantFacts
from mxc.server.kernel.lease import Lease
from mxc.server.kernel.perform import perform
from mxc.server.kernel.reactor import Hands, Reactor, reactions_in
from mxc.server.kernel.resource import catalogue

SPECS = catalogue()
SYSTEM = Actor.system(DEFAULT_TENANT, "test")
HUMAN = Actor("user", "ada", "ada", DEFAULT_TENANT, role="admin")


class Ahead:
    """A monotonic source that a test can move on."""

    def __init__(self) -> None:
        self.by = 0.0

    def __call__(self) -> float:
        return asyncio.get_running_loop().time() + self.by


@dataclass
class Loop:
    """A running loop, and what a test does to it from outside."""

    store: Store
    clock: Clock
    ahead: Ahead
    engines: Engines
    keeper: Keeper
    bell: Doorbell
    lease: Lease
    hands: Hands
    reactors: list[Reactor]
    feed: Feed
    slug: str

    @property
    def facts(self) -> TenantFacts:
        return self.engines[DEFAULT_TENANT]

    @property
    def reactor(self) -> Reactor:
        return self.reactors[0]

    async def perform(
        self, action: Any, row_id: UUID | None = None, actor: Actor = HUMAN, **args: Any
    ) -> Any:
        return await perform(self.store, action, row_id, actor=actor, now=self.clock.now(), **args)

    async def add_node(self, cpu: float = 10.0, memory: int = 10_240, **capabilities: Any) -> UUID:
        row_id = uuid4()
        await self.perform(
            Node.create, row_id, SYSTEM, hostname=f"host-{row_id.hex[:4]}", cpu_total=cpu,
            memory_total=memory, capabilities=capabilities, liveness="available",
            last_heartbeat_at=self.clock.now(),
        )  # fmt: skip
        return row_id

    async def observe(self, node: UUID, cpu: float) -> None:
        """What heartbeats would write."""
        beat = {"cpu_used": cpu, "last_heartbeat_at": self.clock.now()}
        async with self.store.session(DEFAULT_TENANT) as session:
            await session.execute(update(Node).where(Node.id == node).values(beat))

    async def add_workload(self, **columns: Any) -> UUID:
        row: Workload = await self.perform(Workload.create, **{"command": "true", **columns})
        return row.id

    async def deafen(self) -> None:
        """From now on the bell hears nothing."""
        await self.bell.__aexit__(None, None, None)
        await self.keeper.pull()

    async def rows(self, resource: Any, *where: Any) -> list[Any]:
        async with self.store.session(DEFAULT_TENANT) as session:
            return list((await session.execute(select(resource).where(true(), *where))).scalars())

    async def records(self, table: Table) -> list[Any]:
        async with self.store.session(DEFAULT_TENANT) as session:
            return list((await session.execute(select(table))).all())

    async def workload(self, row_id: UUID) -> Workload:
        rows: list[Workload] = await self.rows(Workload, Workload.id == row_id)
        return rows[0]

    async def until(self, condition: Callable[[], Any], within: float = 10.0) -> None:
        """Waits for something to become true; every change of the facts is a chance to look."""
        async with asyncio.timeout(within):
            while True:
                found = condition()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return
                await asyncio.sleep(0.01)

    async def status(self, row_id: UUID, wanted: str, within: float = 10.0) -> Workload:
        async def reached() -> bool:
            return (await self.workload(row_id)).status.value == wanted

        await self.until(reached, within)
        return await self.workload(row_id)


@pytest.fixture
async def loop(store: Store, dsn: str) -> AsyncIterator[Loop]:
    """Everything running, one tenant, no nodes."""
    ahead = Ahead()
    clock, feed = Clock(monotonic=ahead), Feed()
    # A stream of its own on the shared bus: outbox ids begin anew in every test's database.
    now, slug = clock.now(), f"t{uuid4().hex}"
    await perform(store, Tenant.create, DEFAULT_TENANT, actor=SYSTEM, now=now, name="Default", slug=slug)
    lease = Lease(store, "test")
    await lease.acquire()
    engines = Engines(store, clock, feed, SPECS, base_programs(SPECS), RULE_SETTINGS, operator_rules())
    reactions = reactions_in(load("mxc.server.domains"))
    reactors: list[Reactor] = []
    async with Doorbell(dsn) as bell:
        keeper = Keeper(store, engines, Directory(store, SPECS), bell, lease, tick=timedelta(milliseconds=50))
        hands = Hands(store, clock, lease, keeper.want)
        engines.on_loaded.append(lambda facts: reactors.append(Reactor(facts, reactions, hands)))
        await keeper.load()
        tasks = [
            asyncio.create_task(each) for each in (lease.keep(), keeper.run(), *(r.run() for r in reactors))
        ]
        yield Loop(store, clock, ahead, engines, keeper, bell, lease, hands, reactors, feed, slug)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, Unavailable):
                await task
