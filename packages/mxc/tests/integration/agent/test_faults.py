"""Agents, brokers and the core die and come back; no process is doubled and no report is lost."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from packages.mxc.tests.integration.agent.world import AgentProcess, Core, served_core, until

from mxc.protocol import Reason, Start, State, Welcome
from mxc.testing.nats import NatsServer


async def test_a_killed_agent_leaves_its_workloads_and_adopts_them_again(
    core: Core, agent: AgentProcess
) -> None:
    workload = await core.start("sleep", "600")
    pid = (await core.report(workload, State.RUNNING)).pid
    assert pid is not None
    await agent.kill()
    assert psutil.pid_exists(pid)
    await agent.start()
    [running] = core.hellos[-1].running
    assert (running.workload, running.generation, running.pid) == (workload, 1, pid)
    await core.stop(workload, grace_s=1.0)
    ended = await core.report(workload, State.EXITED)
    assert (ended.signal, ended.reason) == (signal.SIGTERM, Reason.STOPPED)


async def test_an_exit_code_is_known_even_when_nobody_was_there(
    core: Core, agent: AgentProcess, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    workload = await core.start(
        "sh", "-c", f"while ! test -e {gate}; do sleep 0.02; done; echo done; exit 42"
    )
    pid = (await core.report(workload, State.RUNNING)).pid
    assert pid is not None
    await agent.kill()
    gate.touch()
    await until(lambda: not psutil.pid_exists(pid), "its end")
    await agent.start()
    ended = await core.report(workload, State.EXITED)
    assert (ended.exit_code, ended.reason) == (42, Reason.CRASHED)
    assert core.hellos[-1].running == []
    assert [line.text for line in await core.output(workload)] == ["done"]


async def test_a_stop_goes_on_when_the_agent_dies_in_the_middle(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done")
    pid = (await core.report(workload, State.RUNNING)).pid
    assert pid is not None
    await core.until_said(workload, "ready")
    await core.stop(workload, grace_s=1.0)
    stop = agent.home / "data" / "runs" / f"{workload}-1" / "stop"
    await until(stop.exists, "the stop being written down")
    await agent.kill()
    await until(lambda: not psutil.pid_exists(pid), "the kill by its supervisor")
    await agent.start()
    ended = await core.report(workload, State.EXITED)
    assert (ended.signal, ended.reason) == (9, Reason.STOPPED)


async def test_reports_survive_a_deaf_core_and_a_killed_agent(core: Core, agent: AgentProcess) -> None:
    core.is_deaf = True
    workloads = [await core.start("sh", "-c", f"exit {n}") for n in range(5)]
    runs = agent.home / "data" / "runs"
    await until(
        lambda: all((runs / f"{workload}-1" / "exit.json").exists() for workload in workloads), "five endings"
    )
    await agent.kill()
    await agent.start()
    core.is_deaf = False
    endings = await asyncio.gather(*(core.report(workload, State.EXITED) for workload in workloads))
    assert [ended.exit_code for ended in endings] == list(range(5))
    for workload in workloads:
        states = [report.state for report in core.reports if report.workload == workload]
        assert states == [State.RUNNING, State.EXITED]


async def test_a_killed_supervisor_takes_its_workload_along(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("sh", "-c", "sleep 600 & sleep 601")
    pid = (await core.report(workload, State.RUNNING)).pid
    assert pid is not None
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    os.kill(psutil.Process(pid).ppid(), signal.SIGKILL)
    assert (await core.report(workload, State.EXITED)).reason is Reason.LOST
    await until(lambda: not any(process.is_running() for process in processes), "the end of all of it")


async def test_a_killed_nursery_is_replaced(core: Core, agent: AgentProcess) -> None:
    first = await core.start("sleep", "600")
    await core.report(first, State.RUNNING)
    assert agent.process is not None
    [nursery] = psutil.Process(agent.process.pid).children()
    nursery.kill()
    second = await core.start("sh", "-c", "exit 3")
    assert (await core.report(second, State.EXITED)).exit_code == 3
    assert core.heard(first, State.EXITED) == []


async def test_what_a_killed_nursery_had_not_begun_is_asked_of_the_next(
    core: Core, agent: AgentProcess
) -> None:
    await core.report(await core.start("sleep", "600"), State.RUNNING)
    assert agent.process is not None
    [nursery] = psutil.Process(agent.process.pid).children()
    nursery.suspend()
    second = await core.start("sh", "-c", "exit 3")
    runs = agent.home / "data" / "runs"
    await until((runs / f"{second}-1" / "spec.json").exists, "the second being asked for")
    nursery.kill()
    assert (await core.report(second, State.EXITED)).exit_code == 3


async def test_generations_the_core_gave_up_are_killed_on_return(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("sleep", "600", generation=3)
    pid = (await core.report(workload, State.RUNNING, 3)).pid
    assert pid is not None
    await agent.kill()
    core.welcome = Welcome(epoch=2, heartbeat_s=0.2, dead=[(workload, 3)])
    await agent.start()
    await core.report(workload, State.EXITED, 3)
    assert not psutil.pid_exists(pid)
    await core.start("sleep", "600", workload=workload, generation=3, epoch=2)
    await core.start("sleep", "1", workload=(other := uuid4()), epoch=2)
    await core.report(other, State.RUNNING)
    # Killed before it noted the acknowledgement, it says so again: at least once, of the same process.
    assert {report.pid for report in core.heard(workload, State.RUNNING, 3)} == {pid}


async def test_what_is_desired_at_the_welcome_is_started(core: Core, agent: AgentProcess) -> None:
    workload = uuid4()
    await agent.kill()
    wanted = Start(workload=workload, generation=1, epoch=1, command="sleep", args=["600"])
    core.welcome = Welcome(epoch=1, heartbeat_s=0.2, desired=[wanted])
    await agent.start()
    await core.report(workload, State.RUNNING)


async def test_ending_with_its_workloads_tells_the_core(core: Core, agent: AgentProcess) -> None:
    await agent.kill()
    await agent.start(stops_workloads=True)
    workload = await core.start("sleep", "600")
    await core.report(workload, State.RUNNING)
    assert await agent.end() == 0
    ended = core.heard(workload, State.EXITED)
    assert [report.reason for report in ended] == [Reason.NODE_STOPPED]


async def test_ending_without_them_leaves_them_running(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("sleep", "600")
    pid = (await core.report(workload, State.RUNNING)).pid
    assert pid is not None
    assert await agent.end() == 0
    assert psutil.pid_exists(pid)
    assert core.heard(workload, State.EXITED) == []


async def test_two_agents_cannot_share_a_directory(core: Core, agent: AgentProcess) -> None:
    second = AgentProcess(core, agent.home)
    starting = asyncio.create_task(second.start())
    await until(lambda: "another agent runs on" in agent.log(), "a refusal")
    starting.cancel()
    assert second.process is not None
    assert await second.process.wait() == 1


async def test_an_agent_waits_for_its_coordinator_and_its_id_stays(core: Core, agent: AgentProcess) -> None:
    first = core.agent
    await agent.kill()
    await agent.start()
    assert core.agent == first
    seed = agent.home / "data" / "node.seed"
    assert seed.stat().st_mode & 0o777 == 0o600
    assert seed.read_text() not in agent.log()


@pytest.fixture
async def fragile(own_nats_server: NatsServer) -> AsyncIterator[Core]:
    async with served_core(own_nats_server, "fragile") as made:
        yield made


@pytest.fixture
async def lone(fragile: Core, tmp_path: Path) -> AsyncIterator[AgentProcess]:
    made = AgentProcess(fragile, tmp_path / "lone")
    await made.start()
    yield made
    await made.kill()
    await made.start(stops_workloads=True, stop_grace_s=0.0)
    await made.end()


async def test_nats_killed_under_traffic_loses_no_command_and_no_report(
    own_nats_server: NatsServer, fragile: Core, lone: AgentProcess
) -> None:
    before = [await fragile.start("sh", "-c", f"sleep 0.{n % 7}; exit {n % 5}", cpu=0.1) for n in range(20)]
    assert own_nats_server.process.process is not None
    own_nats_server.process.process.kill()
    own_nats_server.process.process.wait()
    await until(lambda: not fragile.bus.is_connected, "the bus noticing")
    own_nats_server.restart()
    await until(lambda: fragile.bus.is_connected, "the bus coming back")
    after = [await fragile.start("sh", "-c", f"exit {n % 5}", cpu=0.1) for n in range(20)]
    endings = await asyncio.gather(*(fragile.report(workload, State.EXITED) for workload in before + after))
    assert [ended.exit_code for ended in endings] == [n % 5 for n in range(20)] * 2
    for workload in before + after:
        assert len({report.pid for report in fragile.heard(workload, State.RUNNING)}) == 1


async def test_cut_off_longer_than_its_lease_only_fenced_workloads_end(
    own_nats_server: NatsServer, fragile: Core, lone: AgentProcess
) -> None:
    await lone.kill()
    fragile.welcome = Welcome(epoch=1, heartbeat_s=0.2, lease_s=2.0)
    await lone.start()
    free = await fragile.start("sleep", "600")
    fenced = await fragile.start("sleep", "600", fenced=True)
    free_pid = (await fragile.report(free, State.RUNNING)).pid
    fenced_pid = (await fragile.report(fenced, State.RUNNING)).pid
    assert free_pid is not None
    assert fenced_pid is not None
    own_nats_server.process.stop()
    cut_at = time.monotonic()
    await until(lambda: not psutil.pid_exists(fenced_pid), "the fence")
    assert time.monotonic() - cut_at < 2.2, "the core may have started it elsewhere by now"
    assert psutil.pid_exists(free_pid)
    own_nats_server.restart()
    assert (await fragile.report(fenced, State.EXITED)).reason is Reason.FENCED
    assert fragile.heard(free, State.EXITED) == []
