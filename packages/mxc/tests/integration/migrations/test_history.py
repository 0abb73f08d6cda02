"""The schema's history: it goes up and down, says what is declared, and is never applied twice."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text

from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.changes.notes import take
from mxc.server.kernel.lease import Lease
from mxc.server.kernel.perform import perform
from mxc.server.migrations import alembic_run
from mxc.server.migrations.drift import drift
from mxc.server.migrations.schema import current, head, migrate, migrate_now
from mxc.testing.law import law
from mxc.testing.postgres import create_database, with_database


@pytest.fixture
def empty(postgres: str) -> Iterator[str]:
    """The DSN of a database without any schema."""
    name = f"empty_{uuid4().hex}"
    create_database(postgres, name)
    yield with_database(postgres, name)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def schema_of(dsn: str) -> list[tuple[str, ...]]:
    """Everything in the public schema that a revision could have left behind."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "select 'table', relname::text from pg_class where relnamespace = 'public'::regnamespace "
            "and relname not like 'alembic_version%' "
            "union all select 'function', proname::text from pg_proc "
            "where pronamespace = 'public'::regnamespace "
            "order by 1, 2"
        ).fetchall()


def test_up_down_up(empty: str) -> None:
    assert migrate_now(empty)
    complete = schema_of(empty)
    alembic_run.downgrade(empty, "base")
    assert schema_of(empty) == []
    assert migrate_now(empty)
    assert schema_of(empty) == complete


def test_the_newest_revision_leaves_what_is_declared(dsn: str) -> None:
    found = "\n".join(map(str, drift(dsn)))
    assert not found, f'write the revision that is missing: mxc dev migration "what changes"\n{found}'


async def test_a_second_run_does_nothing(dsn: str) -> None:
    assert not await migrate(dsn)
    assert current(dsn) == head()


async def test_two_at_once_wait_for_one_another(empty: str) -> None:
    await asyncio.gather(migrate(empty), migrate(empty), migrate(empty))
    assert current(empty) == head()
    assert drift(empty) == []


@pytest.fixture
def owned(postgres: str, template: str) -> Iterator[str]:
    """The DSN of an empty database whose owner is an ordinary user; the roles of `template` exist already."""
    name, password = f"owned_{uuid4().hex}", uuid4().hex
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"create role {name} login createrole password '{password}'")
        connection.execute(f"grant mxc_app, mxc_core to {name} with admin option, set false, inherit false")
        connection.execute(f"create database {name} owner {name}")
    host = postgres.split("@")[1].split("/")[0]
    yield f"postgresql://{name}:{password}@{host}/{name}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")
        connection.execute(f"revoke mxc_app, mxc_core from {name} granted by {name} cascade")
        connection.execute(f"drop role {name}")


async def test_an_owner_without_superuser_rights_suffices(template: str, owned: str) -> None:
    ada, now = Actor("user", "7", "ada", UUID(int=1), role="admin"), datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert await migrate(owned)
    store = Store(owned, judge=law())
    epoch = await Lease(store, "a").acquire()
    made = await perform(store, Workload.create, actor=ada, now=now, epoch=epoch, command="x")
    assert [note.row_id for note in await take(store, epoch=epoch)] == [made.id]
    async with store.session(UUID(int=99)) as session:
        assert (await session.execute(text("select * from workloads"))).all() == []
    await store.close()
    with psycopg.connect(owned) as owner:
        assert owner.execute("select * from workloads").fetchall() == [], "it holds for the owner too"
