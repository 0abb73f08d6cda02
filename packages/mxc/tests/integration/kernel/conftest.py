"""What the kernel's tests share: two tenants, a person, the core, and a time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest

from mxc.server.embedded.postgres import Postgres
from mxc.server.kernel.access.actor import Actor
from mxc.server.migrations.schema import migrate_now

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOON


@pytest.fixture
def tenant() -> UUID:
    return UUID(int=1)


@pytest.fixture
def stranger() -> UUID:
    return UUID(int=2)


@pytest.fixture
def ada(tenant: UUID) -> Actor:
    return Actor("user", "7", "ada", tenant, role="admin")


@pytest.fixture
def core(tenant: UUID) -> Actor:
    return Actor.system(tenant)


@pytest.fixture
def own_server() -> Iterator[Postgres]:
    """A migrated server for one test alone, which may stop it and start it again."""
    with TemporaryDirectory(prefix="mxc-own-server-") as name:
        Path(name).chmod(0o755)  # the server may run as another user
        server = Postgres(Path(name) / "data")
        try:
            migrate_now(server.start())
            yield server
        finally:
            server.stop()
