"""Output: bursts, bytes that are no text, rotation, following, and commands run beside a workload."""

import asyncio
import sys
import time
from pathlib import Path
from uuid import UUID, uuid4

import psutil
import pytest
from packages.mxc.tests.integration.agent.world import AgentProcess, Core

from mxc.protocol import ExecRequest, ExecResult, Fault, LogsRequest, State, decode
from mxc.server.kernel.bus.logs import read_logs
from mxc.server.kernel.errors import NotFound

MB = 1024 * 1024


async def test_ten_megabytes_at_once_neither_block_nor_fill_memory(core: Core, agent: AgentProcess) -> None:
    script = (
        "import sys; line = b'x' * 99 + b'\\n'\n"
        "for _ in range(100_000): sys.stdout.buffer.write(line)\n"
        "sys.stdout.buffer.flush(); print('end')\n"
    )
    workload = await core.start(sys.executable, "-c", script, log_mb=4)
    ended = await core.report(workload, State.EXITED)
    assert ended.exit_code == 0
    kept = list((agent.home / "data" / "runs" / f"{workload}-1").glob("output.*.log"))
    assert sum(path.stat().st_size for path in kept) < 6 * MB
    assert agent.process is not None
    assert psutil.Process(agent.process.pid).memory_info().rss < 120 * MB
    lines = await core.output(workload, tail=100_000)
    assert lines[-1].text == "end"
    assert len(lines) > 20_000
    assert {line.data for line in lines[:-1]} == {b"x" * 99}


async def test_bytes_that_are_no_text_are_kept(core: Core, agent: AgentProcess) -> None:
    data = bytes(range(256)).replace(b"\n", b"")
    workload = await core.start(
        sys.executable, "-c", f"import sys; sys.stdout.buffer.write({data!r} + b'\\n')"
    )
    await core.report(workload, State.EXITED)
    [line] = await core.output(workload)
    assert line.data == data
    assert "\ufffd" in line.text


async def test_a_line_without_end_is_a_piece(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("sh", "-c", "printf 'one\\ntwo'")
    await core.report(workload, State.EXITED)
    assert [(line.text, line.is_whole) for line in await core.output(workload)] == [
        ("one", True),
        ("two", False),
    ]


async def test_tail_gives_the_last_lines_only(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("seq", "1", "500")
    await core.report(workload, State.EXITED)
    assert [line.text for line in await core.output(workload, tail=3)] == ["498", "499", "500"]
    assert await core.output(workload, tail=0) == []
    assert len(await core.output(workload, tail=10_000)) == 500


async def test_following_sees_every_line_as_it_comes_across_rotation(core: Core, agent: AgentProcess) -> None:
    script = (
        "import time\nfor n in range(300):\n    print(n, 'y' * 3000, flush=True)\n    time.sleep(0.002)\n"
    )
    workload = await core.start(sys.executable, "-c", script, log_mb=1)
    await core.report(workload, State.RUNNING)
    assert core.agent is not None
    request = LogsRequest(workload=workload, tail=100_000, follow=True)
    numbers: list[int] = []
    async with asyncio.timeout(20):
        async for batch in read_logs(core.bus, core.tenant, core.agent, request):
            numbers += [int(line.text.split()[0]) for line in batch.lines]
    assert numbers == list(range(300))
    files = sorted((agent.home / "data" / "runs" / f"{workload}-1").glob("output.*.log"))
    assert files[0].name != "output.000001.log" or len(files) > 1


async def test_a_line_is_followed_within_half_a_second(
    core: Core, agent: AgentProcess, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    workload = await core.start(
        "sh", "-c", f"while ! test -e {gate}; do sleep 0.02; done; echo now; sleep 600"
    )
    await core.report(workload, State.RUNNING)
    assert core.agent is not None
    batches = read_logs(core.bus, core.tenant, core.agent, LogsRequest(workload=workload, follow=True))
    gate.touch()
    began = time.monotonic()
    async for batch in batches:
        if [line.text for line in batch.lines] == ["now"]:
            break
    assert time.monotonic() - began < 0.5
    await batches.aclose()  # type: ignore[attr-defined]


async def test_output_of_nothing_is_not_found(core: Core, agent: AgentProcess) -> None:
    with pytest.raises(NotFound) as caught:
        await core.output(uuid4())
    assert caught.value.code == "no-output"


async def test_exec_runs_beside_the_workload(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("sleep", "600", env={"COLOUR": "green"})
    await core.report(workload, State.RUNNING)
    done = await execute(core, workload, "sh", "-c", "echo $COLOUR; pwd; echo bad >&2; exit 5")
    assert isinstance(done, ExecResult)
    assert (done.exit_code, done.stderr, done.is_timeout) == (5, b"bad\n", False)
    colour, place = done.stdout.decode().split()
    assert colour == "green"
    assert place.endswith(f"{workload}-1/work")


async def test_exec_runs_in_the_workloads_cgroup(core: Core, agent: AgentProcess) -> None:
    if core.hellos[-1].capabilities["isolation"] == "rlimits":
        pytest.skip("no cgroup can be made on this machine")
    workload = await core.start("sh", "-c", "cat /proc/self/cgroup; sleep 600")
    await core.report(workload, State.RUNNING)
    done = await execute(core, workload, "cat", "/proc/self/cgroup")
    assert isinstance(done, ExecResult)
    assert f"{workload}-1" in done.stdout.decode()
    assert done.stdout.decode().split() == [line.text for line in await core.output(workload)]


async def test_exec_is_bounded_in_time_and_output(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("sleep", "600")
    await core.report(workload, State.RUNNING)
    done = await execute(core, workload, "sh", "-c", "echo before; sleep 600 & sleep 600", timeout_s=0.5)
    assert isinstance(done, ExecResult)
    assert done.is_timeout
    assert done.stdout == b"before\n"
    done = await execute(core, workload, "head", "-c", "5000000", "/dev/zero")
    assert isinstance(done, ExecResult)
    assert (done.exit_code, len(done.stdout), done.is_truncated) == (0, MB, True)


async def test_exec_of_what_cannot_run_says_why(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("sleep", "600")
    await core.report(workload, State.RUNNING)
    done = await execute(core, workload, "/no/such/program")
    assert isinstance(done, ExecResult)
    assert done.exit_code == 127
    assert b"No such file" in done.stderr
    assert await execute(core, uuid4(), "true") == Fault(
        code="not-running", message="the workload does not run on this node"
    )


async def execute(core: Core, workload: UUID, *command: str, timeout_s: float = 10.0) -> ExecResult | Fault:
    assert core.agent is not None
    request = ExecRequest(workload=workload, command=list(command), timeout_s=timeout_s)
    payload = await core.bus.request(core.tenant, core.agent, "exec", request, timeout_s=timeout_s + 5)
    answer: ExecResult | Fault = decode(ExecResult | Fault, payload)
    return answer
