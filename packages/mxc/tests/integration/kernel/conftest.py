"""What the kernel's tests share: two tenants, a person, the core, and a time."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from mxc.server.kernel.access.actor import Actor

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
