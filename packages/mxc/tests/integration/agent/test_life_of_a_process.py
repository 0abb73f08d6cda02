"""Real processes, started and stopped over a real bus."""

import asyncio
import os
import sys
import time
from pathlib import Path
from uuid import uuid4

import psutil
from packages.mxc.tests.integration.agent.world import AgentProcess, Core, until

from mxc.protocol import Reason, State

PYTHON = sys.executable


async def test_it_runs_says_something_and_ends_well(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("sh", "-c", "echo hello; echo oops >&2; pwd; env")
    running = await core.report(workload, State.RUNNING)
    assert running.pid
    ended = await core.report(workload, State.EXITED)
    assert (ended.exit_code, ended.signal, ended.reason) == (0, None, Reason.COMPLETED)
    lines = await core.output(workload)
    assert ("stdout", "hello") in [(line.stream, line.text) for line in lines]
    assert ("stderr", "oops") in [(line.stream, line.text) for line in lines]
    assert f"MXC_WORKLOAD={workload}" in [line.text for line in lines]


async def test_the_agents_own_environment_stays_its_own(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("env", env={"GREETING": "hi there"})
    await core.report(workload, State.EXITED)
    names = {line.text.partition("=")[0] for line in await core.output(workload)}
    assert names == {"PATH", "LANG", "HOME", "MXC_WORKLOAD", "MXC_GENERATION", "GREETING"}


async def test_an_exit_code_and_a_signal_are_told_apart(core: Core, agent: AgentProcess) -> None:
    failing = await core.start("sh", "-c", "exit 7")
    killed = await core.start("sh", "-c", "kill -9 $$")
    report = await core.report(failing, State.EXITED)
    assert (report.exit_code, report.signal, report.reason) == (7, None, Reason.CRASHED)
    report = await core.report(killed, State.EXITED)
    assert (report.exit_code, report.signal, report.reason) == (None, 9, Reason.CRASHED)


async def test_a_command_that_does_not_exist_is_said_so(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("/no/such/program")
    ended = await core.report(workload, State.EXITED)
    assert ended.reason is Reason.BAD_COMMAND
    assert "No such file" in ended.error
    assert core.heard(workload, State.RUNNING) == []


async def test_a_file_that_is_no_program_is_said_so(core: Core, agent: AgentProcess, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a program")
    text.chmod(0o600)
    ended = await core.report(await core.start(str(text)), State.EXITED)
    assert ended.reason is Reason.BAD_COMMAND
    assert "ermission" in ended.error


async def test_stop_is_graceful_when_the_process_is(core: Core, agent: AgentProcess) -> None:
    script = "trap 'echo bye; exit 3' TERM; echo ready; while true; do sleep 0.05; done"
    workload = await core.start("sh", "-c", script)
    await core.report(workload, State.RUNNING)
    await core.until_said(workload, "ready")
    await core.stop(workload)
    ended = await core.report(workload, State.EXITED)
    assert (ended.exit_code, ended.reason) == (3, Reason.STOPPED)
    said = [line.text for line in await core.output(workload) if line.stream == "stdout"]
    assert said == ["ready", "bye"]


async def test_stop_is_forced_when_it_must_be_and_nothing_is_left(core: Core, agent: AgentProcess) -> None:
    """Parent and children ignore SIGTERM; one child fled into a session of its own."""
    script = (
        "import os,signal,subprocess,sys,time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child='import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print(1,flush=True); time.sleep(600)'\n"
        "a=subprocess.Popen([sys.executable,'-c',child])\n"
        "b=subprocess.Popen([sys.executable,'-c',child],start_new_session=True)\n"
        "print(os.getpid(),a.pid,b.pid,flush=True)\n"
        "time.sleep(600)\n"
    )
    workload = await core.start(PYTHON, "-c", script)
    await core.report(workload, State.RUNNING)
    await until_lines(core, workload, 3)
    pids = [int(n) for line in await core.output(workload) if " " in line.text for n in line.text.split()]
    assert all(psutil.pid_exists(pid) for pid in pids)
    before = time.monotonic()
    await core.stop(workload, grace_s=0.5)
    ended = await core.report(workload, State.EXITED)
    assert 0.5 <= time.monotonic() - before < 10
    assert (ended.signal, ended.reason) == (9, Reason.STOPPED)
    assert not any(_is_alive(pid) for pid in pids)


async def test_children_left_behind_end_with_their_parent(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("sh", "-c", "setsid sleep 600 & echo $!; exit 4")
    ended = await core.report(workload, State.EXITED)
    assert (ended.exit_code, ended.reason) == (4, Reason.CRASHED)
    [line] = await core.output(workload)
    assert not _is_alive(int(line.text))


async def test_the_same_command_twice_is_one_process(core: Core, agent: AgentProcess, tmp_path: Path) -> None:
    mark = tmp_path / "started"
    workload = uuid4()
    for _ in range(5):
        await core.start("sh", "-c", f"echo x >> {mark}; sleep 600", workload=workload)
    await until(lambda: len(core.heard(workload, State.RUNNING)) >= 1, "it runs")
    await core.start("sh", "-c", f"echo x >> {mark}; sleep 600", workload=workload)
    await until(lambda: len(core.heard(workload, State.RUNNING)) >= 2, "it is said again that it runs")
    assert mark.read_text() == "x\n"
    assert len({report.pid for report in core.heard(workload, State.RUNNING)}) == 1


async def test_a_newer_generation_replaces_an_older_one(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("sleep", "600", generation=1)
    first = await core.report(workload, State.RUNNING, 1)
    await core.start("sleep", "600", workload=workload, generation=2)
    await core.report(workload, State.RUNNING, 2)
    assert first.pid is not None
    assert not _is_alive(first.pid)
    order = [(report.generation, report.state) for report in core.reports if report.workload == workload]
    assert order.index((1, State.EXITED)) < order.index((2, State.RUNNING))


async def test_older_generations_and_epochs_are_refused(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("sleep", "600", generation=5, epoch=3)
    await core.report(workload, State.RUNNING, 5)
    await core.start("sleep", "600", workload=workload, generation=4, epoch=3)
    refused = await core.report(workload, State.REFUSED, 4)
    assert refused.reason is Reason.STALE_GENERATION
    other = await core.start("sleep", "600", epoch=2)
    refused = await core.report(other, State.REFUSED)
    assert refused.reason is Reason.STALE_EPOCH
    await core.stop(workload, generation=5, epoch=2)
    assert (await core.report(workload, State.REFUSED, 5)).reason is Reason.STALE_EPOCH
    assert core.heard(workload, State.EXITED, 5) == []


async def test_stopping_what_never_ran_settles_it(core: Core, agent: AgentProcess) -> None:
    workload = uuid4()
    await core.stop(workload, generation=2)
    ended = await core.report(workload, State.EXITED, 2)
    assert ended.reason is Reason.STOPPED
    await core.start("sleep", "600", workload=workload, generation=1)
    assert (await core.report(workload, State.REFUSED, 1)).reason is Reason.STALE_GENERATION


async def test_heartbeats_measure_what_workloads_use(core: Core, agent: AgentProcess) -> None:
    script = "x = bytearray(60_000_000)\nwhile True: pass"
    await core.start(PYTHON, "-c", script, cpu=0.5, memory=200)
    await until(
        lambda: any(beat.cpu_used > 0.2 and beat.memory_used >= 50 for beat in core.heartbeats),
        "a heartbeat that shows the load",
    )
    busy = [beat for beat in core.heartbeats if beat.workloads == 1]
    assert all(beat.memory_used < 300 for beat in busy)


async def test_more_memory_than_asked_for_is_not_given(core: Core, agent: AgentProcess) -> None:
    script = "x = []\nwhile True: x.append(bytearray(1_000_000))"
    workload = await core.start(PYTHON, "-c", script, memory=64)
    ended = await core.report(workload, State.EXITED)
    isolation = core.hellos[-1].capabilities["isolation"]
    expected = Reason.CRASHED if isolation == "rlimits" else Reason.OUT_OF_MEMORY
    assert ended.reason is expected


async def test_many_at_once_all_run_and_all_end(core: Core, agent: AgentProcess) -> None:
    workloads = [await core.start("sh", "-c", f"exit {number % 5}", cpu=0.1) for number in range(40)]
    endings = await asyncio.gather(*(core.report(workload, State.EXITED) for workload in workloads))
    assert [report.exit_code for report in endings] == [number % 5 for number in range(40)]


async def until_lines(core: Core, workload: object, count: int) -> None:
    deadline = time.monotonic() + 10
    while len(await core.output(workload)) < count:  # type: ignore[arg-type]
        assert time.monotonic() < deadline, f"fewer than {count} lines of output"
        await asyncio.sleep(0.02)


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE and os.path.exists(f"/proc/{pid}")
    except psutil.NoSuchProcess:
        return False
