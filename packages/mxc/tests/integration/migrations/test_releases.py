"""From what an earlier release left behind to the newest schema, and back: no row loses a value."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from sqlalchemy import create_engine, select

from mxc.server.kernel.access.tenancy import database_url
from mxc.server.kernel.resource import catalogue
from mxc.server.migrations import alembic_run
from mxc.testing.postgres import create_database, with_database

RELEASES = sorted(Path(__file__).with_name("releases").glob("*.sql"))
Rows = dict[str, list[dict[str, Any]]]
# Which signed cookies were signed out of: since 0005 no signed cookie opens anything.
SPENT = {"ended_sessions"}


@pytest.fixture(params=RELEASES, ids=lambda path: path.stem)
def release(request: pytest.FixtureRequest, postgres: str) -> Iterator[tuple[str, str]]:
    """A database as that release left it: (DSN, its revision)."""
    path: Path = request.param
    name = f"release_{uuid4().hex}"
    create_database(postgres, name)
    dsn = with_database(postgres, name)
    alembic_run.upgrade(dsn, path.stem)
    with psycopg.connect(dsn) as connection:
        connection.execute(path.read_bytes())
    yield dsn, path.stem
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)".encode())


def rows_of(dsn: str) -> Rows:
    """Every row of every table of ours but the change notes, in an order of its own."""
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        tables = connection.execute(
            "select relname::text as name from pg_class where relkind = 'r' "
            "and relnamespace = 'public'::regnamespace and relname not in ('alembic_version', 'changes')"
        ).fetchall()
        found = {
            each["name"]: connection.execute(sql.SQL("select * from {}").format(sql.Identifier(each["name"])))
            for each in tables
        }
        return {name: sorted(rows.fetchall(), key=str) for name, rows in found.items()}


def test_every_table_of_the_release_holds_something(release: tuple[str, str]) -> None:
    assert [name for name, rows in rows_of(release[0]).items() if not rows] == []


def test_up_and_down_again_loses_nothing(release: tuple[str, str]) -> None:
    dsn, revision = release
    before = _kept(rows_of(dsn))
    alembic_run.upgrade(dsn)
    alembic_run.downgrade(dsn, revision)
    assert _kept(rows_of(dsn)) == before


def _kept(rows: Rows) -> Rows:
    """Who had a user in several tenants is one person since 0005, with the password of the first."""
    kept = {name: found for name, found in rows.items() if name not in SPENT}
    kept["users"] = [{**user, "password_hash": None} for user in kept["users"]]
    return kept


def test_the_newest_release_reads_every_row(release: tuple[str, str]) -> None:
    dsn, _ = release
    before = rows_of(dsn)
    alembic_run.upgrade(dsn)
    engine = create_engine(database_url(dsn))
    with engine.connect() as connection:
        for spec in catalogue():
            found = connection.execute(select(spec.resource.__table__)).mappings().all()
            held = {row["id"]: row for row in before.get(spec.plural, [])}
            assert {row["id"] for row in found} >= set(held), spec.plural
    engine.dispose()
