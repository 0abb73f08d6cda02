"""A scripted core and a real agent for each test; whatever still runs at the end is stopped."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from packages.mxc.tests.integration.agent.world import AgentProcess, Core, served_core

from mxc.testing.nats import NatsServer


@pytest.fixture
async def core(nats_server: NatsServer) -> AsyncIterator[Core]:
    async with served_core(nats_server, f"t{uuid4().hex[:12]}") as made:
        yield made


@pytest.fixture
async def agent(core: Core, tmp_path: Path) -> AsyncIterator[AgentProcess]:
    made = AgentProcess(core, tmp_path / "agent")
    await made.start()
    yield made
    await made.kill()
    await made.start(stops_workloads=True, stop_grace_s=0.0)
    await made.end()
