"""No row crosses a tenant: tried on every tenant table there is, with statements of our own."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Index, Table, delete, insert, select, text, update
from sqlalchemy.exc import ProgrammingError

from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Forbidden, Invalid
from mxc.server.kernel.records import audit, decisions, outbox
from mxc.server.kernel.resource import catalogue
from mxc.testing.rows import owner_of, put, sample

SPECS = catalogue()
TABLES: list[Table] = [spec.resource.__table__ for spec in SPECS if not spec.is_platform]
TABLES += [audit, decisions, outbox]
PLATFORM: list[Table] = [spec.resource.__table__ for spec in SPECS if spec.is_platform]
APPEND_ONLY = {"audit", "decisions", "workload_events"}

MUTABLE = [each for each in TABLES if each.name not in APPEND_ONLY | {"outbox"}]


@pytest.fixture(params=TABLES, ids=lambda table: table.name)
def table(request: pytest.FixtureRequest) -> Table:
    found: Table = request.param
    return found


async def test_a_tenant_sees_its_own_rows_only(
    store: Store, table: Table, tenant: UUID, stranger: UUID
) -> None:
    await put(store, table, tenant)
    async with store.session(tenant) as session:
        assert len((await session.execute(select(table))).all()) == 1
    async with store.session(stranger) as session:
        assert (await session.execute(select(table))).all() == []


@pytest.mark.parametrize("platform", PLATFORM, ids=lambda table: table.name)
async def test_no_tenant_reaches_what_belongs_to_the_installation(
    store: Store, platform: Table, tenant: UUID
) -> None:
    for statement in (
        select(platform),
        insert(platform).values(sample(platform, tenant)[-1][1]),
        delete(platform),
    ):
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with store.session(tenant) as session:
                await session.execute(statement)


async def test_without_a_tenant_every_table_is_empty(store: Store, table: Table, tenant: UUID) -> None:
    await put(store, table, tenant)
    async with store._app.connect() as connection:
        assert (await connection.execute(select(table))).all() == []


async def test_the_setting_does_not_outlive_its_transaction(dsn: str, table: Table, tenant: UUID) -> None:
    single = Store(dsn, pool_size=1)
    await put(single, table, tenant)
    async with single._app.connect() as connection:
        assert (await connection.execute(select(table))).all() == []
    await single.close()


async def test_a_stranger_changes_and_removes_nothing(
    store: Store, table: Table, tenant: UUID, stranger: UUID
) -> None:
    await put(store, table, tenant)
    owner = table.c[owner_of(table)]
    if table.name in APPEND_ONLY | {"outbox"}:
        for statement in (update(table).values({owner: owner}), delete(table)):
            with pytest.raises(ProgrammingError, match="permission denied"):
                async with store.session(tenant) as session:
                    await session.execute(statement)
        return
    async with store.session(stranger) as session:
        changed: Any = await session.execute(update(table).values({owner: owner}))
        removed: Any = await session.execute(delete(table))
        assert (changed.rowcount, removed.rowcount) == (0, 0)


async def test_a_row_for_another_tenant_is_refused(
    store: Store, table: Table, tenant: UUID, stranger: UUID
) -> None:
    with pytest.raises(Forbidden) as refused:
        async with store.session(stranger) as session:
            await session.execute(insert(table).values(sample(table, tenant)[-1][1]))
    assert refused.value.code == "row-refused"


@pytest.mark.parametrize("table", MUTABLE, ids=lambda each: each.name)
async def test_a_row_cannot_be_given_away(store: Store, table: Table, tenant: UUID, stranger: UUID) -> None:
    await put(store, table, tenant)
    with pytest.raises(Forbidden):
        async with store.session(tenant) as session:
            await session.execute(update(table).values({owner_of(table): stranger}))


async def test_the_core_reads_tenants_but_no_tenants_rows(store: Store, tenant: UUID) -> None:
    workloads = next(each for each in TABLES if each.name == "workloads")
    await put(store, workloads, tenant)
    async with store.system() as session:
        await session.execute(text("select id from tenants"))
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with store.system() as session:
            await session.execute(select(workloads))


@pytest.mark.parametrize("escape", ["reset role", "reset all"])
async def test_resetting_the_role_leads_nowhere(store: Store, tenant: UUID, escape: str) -> None:
    async with store.session(tenant) as session:
        await session.execute(text(escape))
        assert (await session.execute(text("select current_user"))).scalar_one() == "mxc_app"


async def test_what_our_types_refuse_the_table_refuses_too(store: Store, tenant: UUID) -> None:
    workloads = next(each for each in TABLES if each.name == "workloads")
    for column, value in (("cpu_required", -1), ("memory_required", 0), ("generation", -1)):
        with pytest.raises(Invalid) as refused:
            async with store.session(tenant) as session:
                await session.execute(
                    insert(workloads).values(sample(workloads, tenant)[-1][1] | {column: value})
                )
        assert refused.value.place == f"ck_workloads_{column}"
    await put(store, workloads, tenant)
    with pytest.raises(Invalid, match="ck_workloads_status"):
        async with store.session(tenant) as session:
            await session.execute(text("update workloads set status = 'lost'"))


async def test_every_other_table_is_protected(store: Store) -> None:
    unprotected = text("""
        select relname from pg_class
        where relkind = 'r' and relnamespace = 'public'::regnamespace and not relforcerowsecurity
    """)
    async with store.session(UUID(int=1)) as session:
        found = {name for (name,) in await session.execute(unprotected)}
    assert found == {"alembic_version", "changes", "leases"}


async def test_the_application_stands_under_every_policy(store: Store) -> None:
    """It owns and bypasses nothing, becomes nobody who does, and does not reach what has no policy."""
    above = text("""
        select rolname::text from pg_roles
        where (rolsuper or rolbypassrls
            or exists (select from pg_class where relowner = pg_roles.oid
                and relnamespace = 'public'::regnamespace))
        and pg_has_role(current_user, oid, 'member')
    """)
    reached = text("""
        select relname::text from pg_class
        where relkind = 'r' and relnamespace = 'public'::regnamespace and not relforcerowsecurity
        and has_table_privilege(current_user, oid, 'select, insert, update, delete')
    """)
    async with store.session(UUID(int=1)) as session:
        assert (await session.execute(text("select current_user::text"))).scalar_one() == "mxc_app"
        assert (await session.execute(above)).all() == []
        assert (await session.execute(reached)).all() == []


async def test_every_table_of_tenants_compares_the_tenant_both_ways(store: Store) -> None:
    """And the partition, where it has one."""
    columns = text("""
        select relname::text, attname::text from pg_attribute join pg_class on pg_class.oid = attrelid
        where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'changes'
        and attname in ('tenant_id', 'partition_id') and not attisdropped
    """)
    policies = text("""
        select tablename::text, policyname::text, permissive, qual, with_check from pg_policies
        where schemaname = 'public' and policyname in ('tenant', 'partition')
    """)
    async with store.session(UUID(int=1)) as session:
        wanted = {(table, column.removesuffix("_id")) for table, column in await session.execute(columns)}
        found = {(each[0], each[1]): each[2:] for each in await session.execute(policies)}
    assert wanted - found.keys() == set()
    for (table, name), (kind, seen, made) in found.items():
        assert f"mxc_{name}()" in seen and f"mxc_{name}()" in made, table
        assert kind == ("PERMISSIVE" if name == "tenant" else "RESTRICTIVE"), table


def selective(table: Table) -> set[Index]:
    """Indexes over what is in a column: they cannot begin with another."""
    return {each for each in table.indexes if each.dialect_options["postgresql"]["using"] == "gin"}


def test_indexes_start_with_the_tenant() -> None:
    for each in TABLES:
        if "tenant_id" in each.c:
            for index in each.indexes - selective(each):
                assert next(iter(index.columns)).name == "tenant_id", index.name
            assert next(iter(each.primary_key.columns)).name == "tenant_id"
