"""A workload begins as a process of a fresh login would, whatever the agent was started by."""

import json
import os
import signal
import sys
import time

import pytest
from packages.mxc.tests.integration.agent.world import AgentProcess, Core

from mxc.protocol import Reason, State

# Signals 32 and 33 are glibc's own: what a program's ancestors did to them nobody can undo.
OF_THE_C_LIBRARY = 1 << 31 | 1 << 32

TELL = """
import json, os
fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
open("mine", "w").close()
print(json.dumps({
    "signals": [fields[name].strip() for name in ("SigBlk", "SigIgn", "SigPnd")],
    "umask": fields["Umask"].strip(),
    "mode": os.stat("mine").st_mode & 0o777,
    "nice": os.nice(0),
    "descriptors": [n for n in range(1000) if os.path.exists(f"/proc/self/fd/{n}")],
    "stdin": os.readlink("/proc/self/fd/0"),
    "cwd": os.getcwd(), "home": os.environ["HOME"],
    "environment": sorted(os.environ),
    "is_leader": os.getsid(0) == os.getpgid(0),
}))
"""


@pytest.mark.parametrize("is_odd", [False, True])
async def test_nothing_of_the_agents_own(core: Core, agent: AgentProcess, is_odd: bool) -> None:
    await agent.kill()
    await agent.start(is_odd=is_odd)
    # A shell, because Python itself ignores SIGPIPE: exec keeps what is ignored, so awk tells what came.
    workload = await core.start("sh", "-c", "awk '/^Sig(Blk|Ign)/{print $2}' /proc/self/status")
    await core.report(workload, State.EXITED)
    assert [int(line.text, 16) & ~OF_THE_C_LIBRARY for line in await core.output(workload)] == [0, 0]
    told = await core.start(sys.executable, "-I", "-c", TELL)
    assert (await core.report(told, State.EXITED)).exit_code == 0
    [line] = await core.output(told)
    found = json.loads(line.text)
    assert found["umask"] == "0022"
    assert found["mode"] == 0o644
    assert found["descriptors"] == [0, 1, 2]
    assert found["stdin"] == os.devnull
    assert found["cwd"] == found["home"]
    assert str(told) in found["cwd"]
    assert found["is_leader"]
    assert not {"MXC_HOME", "MXC_API_TOKEN", "DATABASE_URL"} & set(found["environment"])
    assert {name for name in found["environment"] if name.startswith("MXC_")} == {
        "MXC_WORKLOAD",
        "MXC_GENERATION",
    }
    if os.geteuid() == 0:
        assert found["nice"] == 0


@pytest.mark.parametrize("is_odd", [False, True])
async def test_sigterm_ends_a_plain_python_at_once(core: Core, agent: AgentProcess, is_odd: bool) -> None:
    await agent.kill()
    await agent.start(is_odd=is_odd)
    workload = await core.start(sys.executable, "-uc", "import time\nwhile True: print('x'); time.sleep(1)")
    await core.report(workload, State.RUNNING)
    await core.until_said(workload, "x")
    began = time.monotonic()
    await core.stop(workload, grace_s=15.0)
    ended = await core.report(workload, State.EXITED)
    assert time.monotonic() - began < 3.0
    assert (ended.signal, ended.reason) == (signal.SIGTERM, Reason.STOPPED)
