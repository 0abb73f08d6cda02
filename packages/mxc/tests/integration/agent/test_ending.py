"""SIGTERM ends an agent soon, whoever is gone and whatever it was started by."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest
from packages.mxc.tests.integration.agent.world import TOKEN, AgentProcess, Core, served_core, until

from mxc.agent.contact import Contact
from mxc.agent.enrolment import enrol
from mxc.agent.identity import Identity
from mxc.agent.journal import Journal
from mxc.agent.link import Link
from mxc.agent.machine import describe
from mxc.agent.roster import Roster
from mxc.agent.runtimes.limits import Rlimits
from mxc.agent.settings import AgentSettings
from mxc.cancelling import cancelled
from mxc.protocol import State, Welcome
from mxc.testing.nats import NatsServer

SOON_S = 5.0
FAREWELL_S = 3.0


@pytest.fixture
async def fragile(own_nats_server: NatsServer) -> AsyncIterator[Core]:
    async with served_core(own_nats_server, "fragile") as made:
        yield made


@pytest.fixture
async def lone(fragile: Core, tmp_path: Path) -> AsyncIterator[AgentProcess]:
    made = AgentProcess(fragile, tmp_path / "lone")
    yield made
    await made.kill()


async def end_s(agent: AgentProcess) -> float:
    """Seconds from SIGTERM to a clean end."""
    began = time.monotonic()
    assert await agent.end() == 0
    return time.monotonic() - began


def end_for_good(server: NatsServer) -> None:
    assert server.process.process is not None
    server.process.process.kill()
    server.process.process.wait()


@pytest.mark.parametrize("is_odd", [False, True])
async def test_without_nats(
    own_nats_server: NatsServer, fragile: Core, lone: AgentProcess, is_odd: bool
) -> None:
    await lone.start(is_odd=is_odd)
    end_for_good(own_nats_server)
    await until(lambda: "off the bus" in lone.log(), "the agent giving its connection up")
    await until(lambda: "does not answer yet" in lone.log(), "an enrolment in vain")
    assert await end_s(lone) < SOON_S


async def test_without_nats_and_coordinator_and_with_a_workload_to_stop(
    own_nats_server: NatsServer, fragile: Core, lone: AgentProcess
) -> None:
    await lone.start(is_odd=True, stops_workloads=True, stop_grace_s=1.0)
    workload = await fragile.start(
        "sh", "-c", "trap '' TERM; echo ready; for n in $(seq 1200); do sleep 0.05; done"
    )
    pid = (await fragile.report(workload, State.RUNNING)).pid
    assert pid is not None
    await fragile.until_said(workload, "ready")
    end_for_good(own_nats_server)
    await fragile.hang_up()
    await until(lambda: "does not answer yet" in lone.log(), "an enrolment in vain")
    assert await end_s(lone) < 1.0 + FAREWELL_S + SOON_S
    assert not psutil.pid_exists(pid)


async def test_while_it_tries_to_connect_again(
    own_nats_server: NatsServer, fragile: Core, lone: AgentProcess
) -> None:
    await lone.start()
    end_for_good(own_nats_server)
    await until(lambda: "Connect call failed" in lone.log(), "a connection in vain")
    assert await end_s(lone) < SOON_S


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[tuple[Identity, Roster]]:
    """What an agent is made of, to be run in this process."""
    identity = Identity.open(tmp_path / "parts")
    journal = Journal(tmp_path / "parts" / "journal.db")
    yield identity, Roster(tmp_path / "runs", Rlimits(), journal, lambda: None)
    journal.close()
    identity.release()


async def test_one_word_ends_a_link_that_is_always_in_the_middle_of_something(
    core: Core, parts: tuple[Identity, Roster], tmp_path: Path
) -> None:
    core.welcome = Welcome(epoch=1, heartbeat_s=1e-6, lease_s=30.0)
    identity, roster = parts
    settings = AgentSettings(core.url, tmp_path, TOKEN)
    enrolled = await enrol(settings, identity)
    hello = describe(settings, roster.runtime.limits.name, [])
    for turns in range(60):
        heard = len(core.heartbeats)
        link = Link(identity, enrolled, roster, asyncio.Event(), lambda: hello, Contact(0.0))
        serving = asyncio.create_task(link.run())
        await until(lambda: len(core.heartbeats) > heard, "a heartbeat")  # noqa: B023 (awaited here)
        for _ in range(turns):
            await asyncio.sleep(0)
        async with asyncio.timeout(SOON_S):
            await cancelled(serving)
