"""JSON:API over HTTP."""

from collections.abc import AsyncIterator

import pytest
from packages.mxc.tests.integration.jsonapi.world import World, world_of

from mxc.server.hosting.core import Core
from mxc.testing.served import core, served

__all__ = ["core", "served"]


@pytest.fixture
async def world(core: Core, dsn: str) -> AsyncIterator[World]:
    """Lamps and sites of two organisations."""
    async with world_of(core, dsn) as made:
        yield made
