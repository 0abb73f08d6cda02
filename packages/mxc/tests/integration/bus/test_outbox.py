"""Commands leave the outbox once they are safe in NATS, whatever happens to NATS meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID, uuid4

import psycopg
import pytest
from nats.errors import TimeoutError as NoAnswerError
from packages.mxc.tests.integration.agent.world import until
from packages.mxc.tests.integration.bus.visitor import Visitor, visit

from mxc.cancelling import cancelled
from mxc.protocol import COMMANDS, Command, Start, decode, encode
from mxc.protocol.nkeys import Kind
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.bus import Bus, Publisher
from mxc.server.kernel.bus.keys import new_key
from mxc.server.kernel.changes.doorbell import Doorbell
from mxc.testing.nats import NatsServer


@pytest.fixture
def tenant(dsn: str) -> tuple[UUID, str]:
    """A tenant of its own, so that a shared server holds nothing of it yet."""
    tenant_id, slug = uuid4(), f"o{uuid4().hex[:12]}"
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "insert into tenants "
            "(id, name, slug, status, plan, max_users, max_devices, created_at, updated_at) "
            "values (%s, %s, %s, 'active', 'free', 5, 100, now(), now())",
            [tenant_id, slug, slug],
        )
    return tenant_id, slug


@pytest.fixture
async def visitor(bus: Bus, nats_server: NatsServer, tenant: tuple[UUID, str]) -> AsyncIterator[Visitor]:
    """An agent of that tenant."""
    async with visit(bus, nats_server.url, tenant[1]) as found:
        yield found


def post(dsn: str, tenant_id: UUID, agent: UUID, commands: list[Start]) -> None:
    """What a committed transaction of the core leaves behind."""
    with psycopg.connect(dsn) as connection:
        for start in commands:
            connection.execute(
                "insert into outbox (tenant_id, agent_id, workload_id, payload, created_at) "
                "values (%s, %s, %s, %s, now())",
                [tenant_id, agent, start.workload, encode(start)],
            )


def waiting(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("select count(*) from outbox").fetchone()
        assert row is not None
        return int(row[0])


def some(count: int) -> list[Start]:
    return [Start(workload=uuid4(), generation=n, epoch=1, command="x") for n in range(count)]


async def received(visitor: Visitor, count: int) -> list[Command]:
    """The next `count` commands of that agent; fails when there are fewer or more."""
    streams = visitor.client.jetstream()
    source = await streams.pull_subscribe_bind(consumer=str(visitor.agent), stream=COMMANDS)
    found: list[Command] = []
    deadline = time.monotonic() + 20
    while len(found) < count and time.monotonic() < deadline:
        with suppress(NoAnswerError):
            for message in await source.fetch(count, timeout=0.5):
                found.append(decode(Start, message.data))
                await message.ack()
    with pytest.raises(NoAnswerError):
        await source.fetch(1, timeout=0.2)
    return found


@asynccontextmanager
async def publishing(store: Store, bus: Bus) -> AsyncIterator[Publisher]:
    async with Doorbell(store.dsn, "mxc_outbox") as bell:
        publisher = Publisher(store, bus, bell)
        task = asyncio.create_task(publisher.run())
        try:
            await until(lambda: bell.connections > 0, "the bell")
            yield publisher
        finally:
            await cancelled(task)


async def test_what_is_posted_arrives_once_in_order_and_is_forgotten(
    store: Store, dsn: str, bus: Bus, visitor: Visitor, tenant: tuple[UUID, str]
) -> None:
    tenant_id, _ = tenant
    commands = some(30)
    async with publishing(store, bus):
        post(dsn, tenant_id, visitor.agent, commands)
        assert await received(visitor, 30) == commands
        await until(lambda: waiting(dsn) == 0, "an empty outbox")


async def test_a_rung_bell_delivers_at_once(
    store: Store, dsn: str, bus: Bus, visitor: Visitor, tenant: tuple[UUID, str]
) -> None:
    tenant_id, _ = tenant
    async with publishing(store, bus) as publisher:
        post(dsn, tenant_id, visitor.agent, some(1))
        began = time.monotonic()
        await until(lambda: publisher.published == 1, "one published")
        assert time.monotonic() - began < 2, "it waited for the slow look instead of the bell"


async def test_what_a_crash_kept_from_being_forgotten_is_sent_again_and_counts_once(
    store: Store, dsn: str, bus: Bus, visitor: Visitor, tenant: tuple[UUID, str]
) -> None:
    [start] = some(1)
    post(dsn, tenant[0], visitor.agent, [start])
    with psycopg.connect(dsn) as holder:
        holder.execute("select from outbox for update")
        async with publishing(store, bus):
            assert await received(visitor, 1) == [start]
        assert waiting(dsn) == 1, "it ended before it could forget"
    async with publishing(store, bus) as publisher:
        await until(lambda: publisher.published == 1, "it being sent again")
    assert waiting(dsn) == 0
    assert await received(visitor, 0) == []


async def test_a_new_database_loses_no_command_to_the_numbers_of_the_one_before(
    store: Store, dsn: str, bus: Bus, visitor: Visitor, tenant: tuple[UUID, str]
) -> None:
    for start in some(2):
        async with publishing(store, bus):
            post(dsn, tenant[0], visitor.agent, [start])
            assert await received(visitor, 1) == [start]
            await until(lambda: waiting(dsn) == 0, "an empty outbox")
        with psycopg.connect(dsn) as connection:
            connection.execute("alter table outbox alter column id restart")


async def test_one_unreachable_tenant_does_not_hold_up_the_others(
    store: Store, dsn: str, bus: Bus, visitor: Visitor, tenant: tuple[UUID, str]
) -> None:
    tenant_id, _ = tenant
    broken = uuid4()
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "insert into tenants "
            "(id, name, slug, status, plan, max_users, max_devices, created_at, updated_at) "
            "values (%s, 'x', %s, 'active', 'free', 5, 100, now(), now())",
            [broken, f"b{broken.hex[:8]}"],
        )
    post(dsn, broken, uuid4(), some(1))
    post(dsn, tenant_id, visitor.agent, some(2))
    async with publishing(store, bus) as publisher:
        assert len(await received(visitor, 2)) == 2
        await until(lambda: publisher.published == 3, "a tenant without an account gets one")


async def test_nats_restarted_under_traffic_loses_nothing(
    store: Store, dsn: str, own_nats_server: NatsServer, tenant: tuple[UUID, str]
) -> None:
    tenant_id, slug = tenant
    bus = await Bus.connect(own_nats_server.url, own_nats_server.authority, time.time)
    agent = uuid4()
    await bus.admit(slug, agent, new_key(Kind.USER).public)
    commands = some(60)
    async with publishing(store, bus) as publisher:
        post(dsn, tenant_id, agent, commands[:20])
        await until(lambda: publisher.published > 0, "traffic")
        assert own_nats_server.process.process is not None
        own_nats_server.process.process.kill()
        post(dsn, tenant_id, agent, commands[20:40])
        own_nats_server.process.process.wait()
        own_nats_server.restart()
        post(dsn, tenant_id, agent, commands[40:])
        await until(lambda: waiting(dsn) == 0, "an empty outbox")
        async with visit(bus, own_nats_server.url, slug, agent) as visitor:
            found = await received(visitor, 60)
    assert [start.workload for start in found] == [start.workload for start in commands]
    await bus.close()


async def test_a_new_empty_nats_gets_accounts_and_stream_again(
    store: Store, dsn: str, own_nats_server: NatsServer, tenant: tuple[UUID, str]
) -> None:
    tenant_id, slug = tenant
    bus = await Bus.connect(own_nats_server.url, own_nats_server.authority, time.time)
    await bus.provision(slug)
    own_nats_server.process.stop()
    own_nats_server.process.home.joinpath("streams").rename(own_nats_server.process.home / "gone")
    own_nats_server.restart()
    async with publishing(store, bus):
        post(dsn, tenant_id, uuid4(), some(1))
        await until(lambda: waiting(dsn) == 0, "an empty outbox")
    await bus.close()
