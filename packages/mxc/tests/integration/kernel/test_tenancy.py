"""Sessions: one transaction each, and what becomes of them when the database or a neighbour misbehaves."""

import asyncio
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text

from mxc.server.embedded.postgres import Postgres
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Conflict, MxcError, Unavailable

INSERT = text(
    "insert into notices (tenant_id, id, created_at, updated_at, kind, message, status, raised_at) "
    "values (mxc_tenant(), :id, now(), now(), 'k', 'm', 'open', now())"
)
COUNT = text("select count(*) from notices")


async def count(store: Store, tenant: UUID) -> int:
    async with store.session(tenant) as session:
        found: int = (await session.execute(COUNT)).scalar_one()
        return found


async def test_a_session_commits_at_its_end_and_rolls_back_on_an_error(store: Store, tenant: UUID) -> None:
    async with store.session(tenant) as session:
        await session.execute(INSERT, {"id": uuid4()})
    with pytest.raises(ZeroDivisionError):
        async with store.session(tenant) as session:
            await session.execute(INSERT, {"id": uuid4()})
            raise ZeroDivisionError
    assert await count(store, tenant) == 1


async def test_a_cancelled_session_leaves_nothing_and_frees_its_connection(dsn: str, tenant: UUID) -> None:
    store = Store(dsn, pool_size=1)
    begun = asyncio.Event()

    async def hang() -> None:
        async with store.session(tenant) as session:
            await session.execute(INSERT, {"id": uuid4()})
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await count(store, tenant) == 0
    await store.close()


async def test_interleaved_tenants_share_connections_and_nothing_else(dsn: str) -> None:
    store = Store(dsn, pool_size=3)
    tenants = [UUID(int=number) for number in range(1, 6)]

    async def add(tenant: UUID) -> None:
        async with store.session(tenant) as session:
            await session.execute(INSERT, {"id": uuid4()})
            await asyncio.sleep(0)

    await asyncio.gather(*(add(tenant) for tenant in tenants for _ in range(8)))
    assert [await count(store, tenant) for tenant in tenants] == [8] * 5
    await store.close()


async def test_connections_that_died_in_the_pool_are_replaced(store: Store, dsn: str, tenant: UUID) -> None:
    assert await count(store, tenant) == 0
    with psycopg.connect(dsn, autocommit=True) as by_hand:
        by_hand.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'mxc_app' and datname = current_database()"
        )
    assert await count(store, tenant) == 0


async def test_a_connection_that_dies_under_us_is_unavailable(store: Store, dsn: str, tenant: UUID) -> None:
    with pytest.raises(Unavailable) as refused:
        async with store.session(tenant) as session:
            pid = (await session.execute(text("select pg_backend_pid()"))).scalar_one()
            with psycopg.connect(dsn, autocommit=True) as by_hand:
                by_hand.execute("select pg_terminate_backend(%s, 5000)", [pid])
            await session.execute(COUNT)
    assert refused.value.code == "database-away"
    assert await count(store, tenant) == 0


async def test_a_restarted_server_is_found_again(own_server: Postgres, tenant: UUID) -> None:
    store = Store(own_server.dsn)
    assert await count(store, tenant) == 0
    own_server.stop()
    with pytest.raises(Unavailable):
        await count(store, tenant)
    own_server.start()
    assert await count(store, tenant) == 0
    await store.close()


async def test_deadlocks_are_conflicts_that_may_be_tried_again(store: Store, tenant: UUID) -> None:
    first, second = uuid4(), uuid4()
    async with store.session(tenant) as session:
        for each in (first, second):
            await session.execute(INSERT, {"id": each})
    meeting = asyncio.Barrier(2)

    async def touch(*ids: UUID) -> None:
        async with store.session(tenant) as session:
            for each in ids:
                await session.execute(text("update notices set message = 'x' where id = :id"), {"id": each})
                if each == ids[0]:
                    await meeting.wait()

    outcomes = await asyncio.gather(touch(first, second), touch(second, first), return_exceptions=True)
    (lost,) = [each for each in outcomes if each is not None]
    assert isinstance(lost, Conflict)
    assert lost.code == "busy"


async def test_a_database_that_is_not_there(unused_tcp_port: int, tenant: UUID) -> None:
    store = Store(f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/none")
    with pytest.raises(MxcError) as refused:
        await count(store, tenant)
    assert refused.value.code == "database-away"
    await store.close()
