"""Change notes: every change of a tenant's row is noted, whoever made it and however many at once."""

import asyncio
from datetime import datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text

from mxc.server.domains.tenants.tenant import Tenant
from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.changes.doorbell import Doorbell
from mxc.server.kernel.changes.notes import Note, take
from mxc.server.kernel.errors import Unavailable
from mxc.server.kernel.perform import perform


async def test_insert_update_and_delete_are_noted(store: Store, core: Actor, now: datetime) -> None:
    node = await perform(
        store, Node.create, actor=core, now=now, hostname="n1", cpu_total=4.0, memory_total=1024
    )
    expected = [Note(core.tenant_id, "nodes", node.id)]
    assert await take(store) == expected
    await perform(store, Node.cordon, node.id, actor=core, now=now)
    assert await take(store) == expected
    await perform(store, Node.purge, node.id, actor=core, now=now)
    assert await take(store) == expected
    assert await take(store) == []


async def test_changes_by_hand_are_noted(store: Store, dsn: str, core: Actor, now: datetime) -> None:
    made = [await perform(store, Workload.create, actor=core, now=now, command="x") for _ in range(5)]
    await take(store)
    with psycopg.connect(dsn) as by_hand:
        by_hand.execute("update workloads set priority = 3")
    assert {note.row_id for note in await take(store)} == {each.id for each in made}
    moved = uuid4()
    with psycopg.connect(dsn) as by_hand:
        by_hand.execute("update workloads set id = %s where id = %s", [moved, made[0].id])
    assert {note.row_id for note in await take(store)} == {made[0].id, moved}
    with psycopg.connect(dsn) as by_hand:
        by_hand.execute("delete from workloads")
    assert len(await take(store)) == 5


async def test_a_statement_that_touches_nothing_notes_nothing(store: Store, dsn: str) -> None:
    with psycopg.connect(dsn) as by_hand:
        by_hand.execute("update workloads set priority = 3")
    assert await take(store) == []


async def test_what_is_rolled_back_was_never_noted(store: Store, core: Actor, now: datetime) -> None:
    await perform(store, Workload.create, actor=core, now=now, command="x")
    await take(store)
    with pytest.raises(RuntimeError):
        async with store.session(core.tenant_id) as session:
            await session.execute(text("update workloads set priority = 8"))
            raise RuntimeError
    assert await take(store) == []


async def test_thousands_of_rows_are_taken_in_batches(
    store: Store, dsn: str, core: Actor, now: datetime
) -> None:
    await perform(store, Workload.create, actor=core, now=now, command="x")
    with psycopg.connect(dsn) as by_hand:
        columns = [
            name
            for (name,) in by_hand.execute(
                "select column_name from information_schema.columns where table_name = 'workloads'"
            )
            if name != "id"
        ]
        listed = ", ".join(columns)
        by_hand.execute(
            f"insert into workloads (id, {listed}) "
            f"select gen_random_uuid(), {listed} from workloads, generate_series(1, 2999)"
        )
    seen: set[UUID] = set()
    while notes := await take(store, batch=1000):
        assert len(notes) <= 1000
        seen |= {note.row_id for note in notes}
    assert len(seen) == 3000


async def test_an_open_transaction_of_somebody_else_stalls_nobody(
    store: Store, dsn: str, core: Actor, now: datetime
) -> None:
    first = await perform(store, Workload.create, actor=core, now=now, command="x")
    with psycopg.connect(dsn) as open_long:
        open_long.execute("update workloads set priority = 9 where id = %s", [first.id])
        second = await perform(store, Workload.create, actor=core, now=now, command="y")
        assert {note.row_id for note in await take(store)} == {first.id, second.id}
        open_long.commit()
    assert [note.row_id for note in await take(store)] == [first.id]


async def test_a_tenants_own_row_is_noted_under_itself(store: Store, now: datetime) -> None:
    fresh = uuid4()
    await perform(store, Tenant.create, fresh, actor=Actor.system(fresh), now=now, name="Acme", slug="acme")
    assert await take(store) == [Note(fresh, "tenants", fresh)]


async def test_only_the_leader_takes_notes(store: Store, core: Actor, now: datetime) -> None:
    await perform(store, Workload.create, actor=core, now=now, command="x")
    with pytest.raises(Unavailable) as refused:
        await take(store, epoch=7)
    assert refused.value.code == "lease-lost"
    assert len(await take(store)) == 1


async def test_the_bell_rings_on_commit_and_many_rings_are_one(
    store: Store, dsn: str, core: Actor, now: datetime
) -> None:
    async with Doorbell(dsn) as bell:
        assert await bell.wait(10)
        for _ in range(3):
            await perform(store, Workload.create, actor=core, now=now, command="x")
        assert await bell.wait(10)
        assert len(await take(store)) == 3
        while await bell.wait(0.2):
            pass
        assert await take(store) == []


async def test_the_bell_comes_back_after_its_connection_was_cut(
    store: Store, dsn: str, core: Actor, now: datetime
) -> None:
    async with Doorbell(dsn) as bell:
        assert await bell.wait(10)
        with psycopg.connect(dsn, autocommit=True) as by_hand:
            by_hand.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where application_name = 'mxc_doorbell' and datname = current_database()"
            )
        assert await bell.wait(10), "a new connection rings, because it cannot know what it missed"
        assert bell.connections == 2
        await perform(store, Workload.create, actor=core, now=now, command="x")
        assert await bell.wait(10)


async def test_the_bell_of_a_database_that_is_away_is_silent_and_ends(unused_tcp_port: int) -> None:
    async with Doorbell(f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/none") as bell:
        assert not await bell.wait(0.3)
        assert not bell.is_connected


async def test_ringing_by_hand() -> None:
    bell = Doorbell("")
    bell.ring()
    assert await asyncio.wait_for(bell.wait(), 1)
    assert not await bell.wait(0)
