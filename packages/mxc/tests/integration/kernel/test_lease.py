"""The lease: one leader at a time, and whoever leads no more writes no more."""

import asyncio
import contextlib
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from mxc.server.domains.workloads.workload import Workload
from mxc.server.embedded.postgres import Postgres
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import MxcError, Unavailable
from mxc.server.kernel.lease import Lease
from mxc.server.kernel.perform import perform, unit

SHORT = timedelta(seconds=1.5)
EXPIRE = text("update leases set expires_at = clock_timestamp() - interval '1 second'")
COUNT = text("select count(*) from workloads")
WAITING = text("""
    select exists (
        select from pg_locks l join pg_stat_activity a using (pid)
        where not l.granted and a.datname = current_database()
    )
""")


def lease(store: Store, holder: str, term: timedelta = timedelta(seconds=30)) -> Lease:
    step = timedelta(seconds=0.05)
    return Lease(store, holder, term=term, renew_every=term / 4, poll_every=step)


async def test_the_second_waits_for_the_first(store: Store) -> None:
    first, second = lease(store, "a"), lease(store, "b")
    assert await first.acquire() == 1
    assert await second.try_acquire() is None
    waiting = asyncio.create_task(second.acquire())
    await first.release()
    assert await asyncio.wait_for(waiting, 10) == 2
    assert (first.epoch, second.epoch) == (None, 2)


async def test_keeping_renews_beyond_the_term(store: Store) -> None:
    mine, other = lease(store, "a", SHORT), lease(store, "b", SHORT)
    await mine.acquire()
    keeping = asyncio.create_task(mine.keep())
    until = asyncio.get_running_loop().time() + 3 * SHORT.total_seconds()
    while asyncio.get_running_loop().time() < until:
        assert await other.try_acquire() is None
        await asyncio.sleep(0.05)
    assert mine.epoch == 1
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping


async def test_who_does_not_renew_loses_it_and_knows(store: Store) -> None:
    silent, next_one = lease(store, "a", SHORT), lease(store, "b")
    await silent.acquire()
    assert await asyncio.wait_for(next_one.acquire(), 10) == 2
    assert silent.epoch is None, "its own clock ended the term before anybody else could begin one"
    await asyncio.wait_for(silent.keep(), 10)


async def test_keep_returns_when_somebody_took_it(store: Store, dsn: str) -> None:
    mine = lease(store, "a", timedelta(seconds=2))
    await mine.acquire()
    with psycopg.connect(dsn) as by_hand:
        by_hand.execute("update leases set epoch = epoch + 1, holder = 'b'")
    await asyncio.wait_for(mine.keep(), 10)
    assert mine.epoch is None


async def test_a_stale_epoch_writes_nothing(store: Store, core: Actor, now: datetime) -> None:
    old = await lease(store, "a").acquire()
    made = await perform(store, Workload.create, actor=core, now=now, epoch=old, command="x")
    async with store.system() as session:
        await session.execute(EXPIRE)
    assert await lease(store, "b").acquire() == old + 1
    with pytest.raises(Unavailable) as refused:
        await perform(store, Workload.stop, made.id, actor=core, now=now, epoch=old)
    assert refused.value.code == "lease-lost"
    stopped = await perform(store, Workload.stop, made.id, actor=core, now=now, epoch=old + 1)
    assert stopped.reason == "user-stopped"


async def test_a_takeover_waits_for_an_open_write_and_renewing_does_not(
    store: Store, core: Actor, now: datetime
) -> None:
    mine = lease(store, "a")
    epoch = await mine.acquire()
    async with unit(store, core, now=now, epoch=epoch) as work:
        await work.perform(Workload.create, command="x")
        assert await asyncio.wait_for(mine._renew(), 5), "renewing goes on beside writers"
        async with store.system() as session:
            await session.execute(EXPIRE)
        takeover = asyncio.create_task(lease(store, "b").acquire())
        await until_somebody_waits(store)
        assert not takeover.done(), "the epoch may not change under an open write"
    assert await asyncio.wait_for(takeover, 10) == epoch + 1
    assert await count_workloads(store, core.tenant_id) == 1


async def test_a_write_that_begins_during_a_takeover_is_refused(
    store: Store, dsn: str, core: Actor, now: datetime
) -> None:
    epoch = await lease(store, "a").acquire()
    async with await psycopg.AsyncConnection.connect(dsn) as taking_over:
        await taking_over.execute("update leases set epoch = epoch + 1")
        late = asyncio.create_task(
            perform(store, Workload.create, actor=core, now=now, epoch=epoch, command="x")
        )
        await until_somebody_waits(store)
        await taking_over.commit()
        with pytest.raises(Unavailable) as refused:
            await late
    assert refused.value.code == "lease-lost"
    assert await count_workloads(store, core.tenant_id) == 0


async def test_a_coordinator_frozen_in_a_transaction_cannot_block_the_next(
    store: Store, core: Actor, now: datetime
) -> None:
    frozen = lease(store, "a", timedelta(seconds=1))
    epoch = await frozen.acquire()
    with pytest.raises(MxcError) as refused:
        async with unit(store, core, now=now, epoch=epoch) as work:
            await work.perform(Workload.create, command="x")
            assert await asyncio.wait_for(lease(store, "b").acquire(), 15) == epoch + 1
    assert refused.value.code == "database-away"
    assert await count_workloads(store, core.tenant_id) == 0


async def test_many_candidates_get_it_one_by_one(store: Store) -> None:
    held: list[int] = []

    async def lead(name: str) -> None:
        mine = lease(store, name)
        epoch = await mine.acquire()
        held.append(epoch)
        await mine.release()

    async with asyncio.timeout(30):
        await asyncio.gather(*(lead(f"c{number}") for number in range(5)))
    assert held == [1, 2, 3, 4, 5]


async def test_a_short_absence_of_the_database_costs_no_lease(own_server: Postgres) -> None:
    store = Store(own_server.dsn)
    mine = Lease(store, "a", term=timedelta(seconds=20), renew_every=timedelta(seconds=0.2))
    await mine.acquire()
    keeping = asyncio.create_task(mine.keep())
    own_server.stop()
    with pytest.raises(Unavailable):
        await mine._renew()
    own_server.start()
    renewed_until = mine._good_until
    async with asyncio.timeout(15):
        while True:
            await asyncio.sleep(0.05)
            if mine._good_until > renewed_until:
                break
    assert mine.epoch == 1
    assert not keeping.done()
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping
    await store.close()


async def until_somebody_waits(store: Store) -> None:
    """Returns once a session of this database waits for a lock."""
    async with asyncio.timeout(10):
        while True:
            async with store.system() as session:
                if (await session.execute(WAITING)).scalar_one():
                    return
            await asyncio.sleep(0.02)


async def count_workloads(store: Store, tenant: UUID) -> int:
    async with store.session(tenant) as session:
        count: int = (await session.execute(COUNT)).scalar_one()
        return count
