"""The world of the matrix, and what can be asked of it."""

import pytest

from mxc.testing.served import Served, core, served

from .operations import Operation, operations
from .world import World, world_of

__all__ = ["core", "served"]


@pytest.fixture
async def world(served: Served) -> World:
    """Two organisations, with a row of everything in the second."""
    return await world_of(served)


@pytest.fixture
async def asked(served: Served) -> list[Operation]:
    """Everything the API can be asked."""
    return operations((await served.http.get("/openapi.json")).json())
