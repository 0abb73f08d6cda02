"""SIGTERM ends an agent soon, whoever is gone and whatever it was started by."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from packages.mxc.tests.integration.agent.world import AgentProcess, Core, served_core, until

from mxc.agent.cancelling import cancelled
from mxc.protocol import State
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


async def test_a_task_that_drops_cancellations_ends_all_the_same() -> None:
    dropped = 0

    async def retry_for_ever() -> None:
        nonlocal dropped
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                dropped += 1
                if dropped == 3:
                    raise

    async def fail() -> None:
        raise OSError

    tasks = [asyncio.create_task(retry_for_ever()), asyncio.create_task(fail())]
    await asyncio.sleep(0)
    await cancelled(*tasks, again_s=0.01)
    assert dropped == 3
    assert all(task.done() for task in tasks)
