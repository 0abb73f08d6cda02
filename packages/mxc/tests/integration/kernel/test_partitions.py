"""Who is confined to a partition neither sees another nor changes what all share: tried on every table that
has one, with statements of our own and through `perform`."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Table, delete, insert, select, text, update

from mxc.server.domains.rulebooks.scheduling_rule import SchedulingRule
from mxc.server.domains.tenants.partition import Partition
from mxc.server.domains.workloads.workload import Workload
from mxc.server.domains.workloads.workload_event import WorkloadEvent
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from mxc.server.kernel.perform import perform
from mxc.server.kernel.resource import catalogue
from mxc.testing.rows import put, sample

PARTITIONED: list[Table] = [
    spec.resource.__table__ for spec in catalogue() if "partition_id" in spec.resource.__table__.c
]
HERE, THERE = UUID(int=0xA), UUID(int=0xB)
APPEND_ONLY = {"workload_events"}
MUTABLE = [each for each in PARTITIONED if each.name not in APPEND_ONLY]


@pytest.fixture(autouse=True)
async def partitions(store: Store, tenant: UUID, now: datetime) -> None:
    for key, slug in ((HERE, "here"), (THERE, "there")):
        system = Actor.system(tenant)
        await perform(store, Partition.create, key, actor=system, now=now, name=slug, slug=slug)


async def _put_in(store: Store, table: Table, tenant: UUID, partition: UUID | None) -> UUID:
    """A row of this table, with a person of its own behind it where it needs one."""
    for each, values in sample(table, tenant):
        if "email" in values:
            values["email"] = f"{uuid4().hex}@example.org"
        if each is table:
            values["partition_id"] = partition
        async with store.session(tenant) if "tenant_id" in each.c else store.system() as session:
            await session.execute(insert(each).values(values))
    key: UUID = values["id"]
    return key


@pytest.mark.parametrize("table", PARTITIONED, ids=lambda each: each.name)
async def test_its_rows_and_those_of_none_are_seen(store: Store, table: Table, tenant: UUID) -> None:
    here, there, shared = [await _put_in(store, table, tenant, each) for each in (HERE, THERE, None)]

    async def seen(partition: UUID | None) -> set[UUID]:
        async with store.session(tenant, partition_id=partition) as session:
            return set((await session.execute(text(f"select id from {table.name}"))).scalars())

    assert await seen(HERE) == {here, shared}
    assert await seen(THERE) == {there, shared}
    assert await seen(None) == {here, there, shared}
    assert await seen(uuid4()) == {shared}


@pytest.mark.parametrize("table", MUTABLE, ids=lambda each: each.name)
async def test_only_its_own_rows_are_changed_and_removed(store: Store, table: Table, tenant: UUID) -> None:
    here, there, shared = [await _put_in(store, table, tenant, each) for each in (HERE, THERE, None)]
    touch = update(table).values(revision=table.c.revision + 1)
    async with store.session(tenant, partition_id=HERE) as session:
        for key, rows in ((here, 1), (there, 0)):
            touched: Any = await session.execute(touch.where(table.c.id == key))
            assert touched.rowcount == rows
    with pytest.raises(Forbidden):
        async with store.session(tenant, partition_id=HERE) as session:
            await session.execute(touch.where(table.c.id == shared))
    for wanted in (THERE, None):
        with pytest.raises(Forbidden):
            async with store.session(tenant, partition_id=HERE) as session:
                await session.execute(update(table).where(table.c.id == here).values(partition_id=wanted))
    async with store.session(tenant, partition_id=HERE) as session:
        for key, rows in ((there, 0), (shared, 0), (here, 1)):
            removed: Any = await session.execute(delete(table).where(table.c.id == key))
            assert removed.rowcount == rows


@pytest.mark.parametrize("table", PARTITIONED, ids=lambda each: each.name)
@pytest.mark.parametrize("partition", [THERE, None], ids=["there", "none"])
async def test_nothing_is_made_outside_of_it(
    store: Store, table: Table, tenant: UUID, partition: UUID | None
) -> None:
    *_, (_, values) = sample(table, tenant)
    with pytest.raises(Forbidden):
        async with store.session(tenant, partition_id=HERE) as session:
            await session.execute(insert(table).values(values | {"partition_id": partition}))


async def test_a_partition_of_another_tenant_opens_nothing(
    store: Store, tenant: UUID, stranger: UUID
) -> None:
    workloads = Workload.metadata.tables["workloads"]
    await _put_in(store, workloads, tenant, HERE)
    async with store.session(stranger, partition_id=HERE) as session:
        assert (await session.execute(select(workloads))).all() == []
    with pytest.raises(Invalid):
        await perform(
            store, Workload.create, actor=Actor.system(stranger), now=datetime.now().astimezone(),
            command="x", partition_id=HERE,
        )  # fmt: skip


async def test_the_setting_does_not_outlive_its_transaction(dsn: str, tenant: UUID) -> None:
    single = Store(dsn, pool_size=1)
    await put(single, Workload.metadata.tables["workloads"], tenant)
    for partition, expected in ((THERE, str(THERE)), (None, None)):
        async with single.session(tenant, partition_id=partition) as session:
            found = (await session.execute(text("select mxc_partition()::text"))).scalar_one()
            assert found == expected
    await single.close()


@pytest.fixture
def confined(ada: Actor) -> Actor:
    return replace(ada, partition_id=HERE)


async def test_what_is_made_in_a_partition_is_of_it_whatever_is_said(
    store: Store, confined: Actor, now: datetime, tenant: UUID
) -> None:
    made = await perform(store, Workload.create, actor=confined, now=now, command="x")
    assert made.partition_id == HERE
    with pytest.raises(Invalid, match="none of the partitions"):
        await perform(store, Workload.create, actor=confined, now=now, command="x", partition_id=THERE)
    async with store.session(tenant, partition_id=THERE) as session:
        assert (await session.scalars(select(WorkloadEvent))).all() == []
    async with store.session(tenant, partition_id=HERE) as session:
        assert [each.workload_id for each in await session.scalars(select(WorkloadEvent))] == [made.id]


async def test_what_is_shared_is_seen_and_not_changed_from_a_partition(
    store: Store, ada: Actor, confined: Actor, now: datetime
) -> None:
    shared = await perform(store, Workload.create, actor=ada, now=now, command="x")
    with pytest.raises(Forbidden, match="shared by all partitions"):
        await perform(store, Workload.stop, shared.id, actor=confined, now=now)
    with pytest.raises(Forbidden, match="whole organisation"):
        await perform(store, SchedulingRule.create, actor=confined, now=now, name="r", rule_text="p(1).")
    with pytest.raises(Forbidden, match="whole organisation"):
        await perform(store, Partition.create, actor=confined, now=now, name="x", slug="x")


async def test_another_partitions_row_is_not_there(
    store: Store, ada: Actor, confined: Actor, now: datetime
) -> None:
    theirs = await perform(store, Workload.create, actor=ada, now=now, command="x", partition_id=THERE)
    with pytest.raises(NotFound):
        await perform(store, Workload.stop, theirs.id, actor=confined, now=now)
    async with store.session(confined.tenant_id, partition_id=HERE) as session:
        await session.execute(text("select set_config('mxc.partition', '', true)"))
        found = await session.scalars(select(Workload))
        assert found.all() == [], "the core leaves it out although PostgreSQL no longer does"


async def test_a_partition_that_is_in_use_stays(store: Store, ada: Actor, now: datetime) -> None:
    await perform(store, Workload.create, actor=ada, now=now, command="x", partition_id=THERE)
    with pytest.raises(Exception, match="still named by workloads"):
        await perform(store, Partition.delete, THERE, actor=ada, now=now)
    await perform(store, Partition.delete, HERE, actor=ada, now=now)


async def test_members_of_other_partitions_count_for_the_plan(store: Store, tenant: UUID) -> None:
    tenants, memberships = (Workload.metadata.tables[name] for name in ("tenants", "memberships"))
    async with store.session(tenant) as session:
        ((_, values),) = sample(tenants, tenant)
        await session.execute(insert(tenants).values(values | {"max_users": 2, "status": "active"}))
    await _put_in(store, memberships, tenant, THERE)
    await _put_in(store, memberships, tenant, HERE)
    people = [each for each in sample(memberships, tenant) if "email" in each[1]]
    person = people[0][1] | {"email": "third@example.org"}
    async with store.system() as session:
        await session.execute(insert(people[0][0]).values(person))
    row = people[-1][1] | {"user_id": person["id"], "partition_id": HERE}
    with pytest.raises(Conflict, match="at most 2 memberships"):
        async with store.session(tenant, partition_id=HERE) as session:
            await session.execute(insert(memberships).values(row))


async def test_the_last_owner_cannot_be_confined(store: Store, tenant: UUID) -> None:
    tenants, memberships = (Workload.metadata.tables[name] for name in ("tenants", "memberships"))
    async with store.session(tenant) as session:
        ((_, values),) = sample(tenants, tenant)
        await session.execute(insert(tenants).values(values | {"max_users": 9, "status": "active"}))
    key = await _put_in(store, memberships, tenant, None)
    async with store.session(tenant) as session:
        await session.execute(update(memberships).values(role="owner"))
    with pytest.raises(Conflict, match="nobody would own"):
        async with store.session(tenant) as session:
            await session.execute(
                update(memberships).where(memberships.c.id == key).values(partition_id=HERE)
            )
