"""A real PostgreSQL for tests: one server a run, a fresh migrated database a test, copied from a template."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from uuid import uuid4

import psycopg
import pytest

from mxc.server.embedded.postgres import Postgres
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.sealing.ring import KeyRing
from mxc.server.migrations.schema import migrate_now
from mxc.testing.law import law

TEMPLATE = "mxc_template"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The owner's DSN of a server of our own; gone with the test run."""
    folder = Path(mkdtemp(prefix="mxc-postgres-"))
    folder.chmod(0o755)
    server = Postgres(folder / "data")
    try:
        yield server.start()
    finally:
        server.stop()
        rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    """The name of a migrated, empty database."""
    create_database(postgres, TEMPLATE)
    migrate_now(with_database(postgres, TEMPLATE))
    return TEMPLATE


@pytest.fixture
def dsn(postgres: str, template: str) -> Iterator[str]:
    """The owner's DSN of a fresh database with our schema."""
    name = f"test_{uuid4().hex}"
    create_database(postgres, name, template)
    yield with_database(postgres, name)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
async def store(dsn: str) -> AsyncIterator[Store]:
    """The core's way into that database."""
    opened = Store(dsn, keys=KeyRing.fixed(bytes(32)), judge=law())
    yield opened
    await opened.close()


def create_database(server: str, name: str, template: str = "template0") -> None:
    """Makes a database on the server of that DSN."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")


def with_database(dsn: str, name: str) -> str:
    """The same server and user, another database."""
    return f"{dsn.rsplit('/', 1)[0]}/{name}"
