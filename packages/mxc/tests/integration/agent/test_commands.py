"""The pull for commands, against a real stream: renewed while nothing comes, and honest when it cannot be."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from packages.mxc.tests.integration.agent.world import until
from packages.mxc.tests.integration.bus.visitor import Visitor, visit

from mxc.agent.commands import Commands, NoConsumerError
from mxc.agent.journal import Journal
from mxc.agent.roster import Roster
from mxc.agent.runtimes.limits import Rlimits
from mxc.protocol import Start
from mxc.server.kernel.bus import Bus
from mxc.testing.nats import NatsServer

TENANT = "pulling"
OPEN_S = 0.1
RENEWALS = 8


@pytest.fixture
async def visitor(bus: Bus, nats_server: NatsServer) -> AsyncIterator[Visitor]:
    async with visit(bus, nats_server.url, TENANT) as found:
        yield found


@pytest.fixture
async def roster(tmp_path: Path) -> AsyncIterator[Roster]:
    journal = Journal(tmp_path / "journal.db")
    made = Roster(tmp_path / "runs", Rlimits(), journal, lambda: None)
    yield made
    await made.stop_all(0.0)
    made.runtime.close()
    journal.close()


async def test_a_command_comes_after_many_pulls_that_brought_nothing(
    bus: Bus, visitor: Visitor, roster: Roster
) -> None:
    pulls = visitor.client.stats["out_msgs"]
    taking = asyncio.create_task(Commands(visitor.client, visitor.agent, roster, OPEN_S).take())
    await until(lambda: visitor.client.stats["out_msgs"] >= pulls + RENEWALS, "renewals")
    start = Start(workload=uuid4(), generation=1, epoch=1, command="sleep", args=["600"])
    await bus.command(TENANT, visitor.agent, start, str(uuid4()))
    await until(lambda: roster.is_running(start.workload, 1), "the workload")
    assert not taking.done()
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)


async def test_a_consumer_that_was_deleted_is_told(bus: Bus, visitor: Visitor, roster: Roster) -> None:
    taking = asyncio.create_task(Commands(visitor.client, visitor.agent, roster).take())
    pulls = visitor.client.stats["out_msgs"]
    await until(lambda: visitor.client.stats["out_msgs"] > pulls, "the pull")
    await visitor.client.flush()
    streams = bus._client.jetstream(prefix=f"mxc.{TENANT}.js")
    await streams.delete_consumer("commands", str(visitor.agent))
    with pytest.raises(NoConsumerError):
        await asyncio.wait_for(taking, 10)
