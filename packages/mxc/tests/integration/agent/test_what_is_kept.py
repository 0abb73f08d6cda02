"""An agent's disk stays bounded while it runs, and no workload outlives its directory."""

import shutil
from uuid import uuid4

import psutil
from packages.mxc.tests.integration.agent.world import AgentProcess, Core, until

from mxc.protocol import State

GENERATIONS = 34
KEPT = 3
SWEPT_AFTER = 16


async def test_old_generations_go_while_the_agent_runs(core: Core, agent: AgentProcess) -> None:
    workload = uuid4()
    for generation in range(1, GENERATIONS + 1):
        await core.start("echo", str(generation), workload=workload, generation=generation)
        await core.report(workload, State.EXITED, generation)
    kept = [path.name for path in (agent.home / "data" / "runs").glob(f"{workload}-*")]
    assert len(kept) < KEPT + SWEPT_AFTER
    newest = {f"{workload}-{GENERATIONS - back}" for back in range(KEPT)}
    assert newest <= set(kept)
    [line] = await core.output(workload)
    assert line.text == str(GENERATIONS)


async def test_a_workload_whose_directory_was_deleted_ends(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("sleep", "600")
    pid = (await core.report(workload, State.RUNNING)).pid
    assert pid is not None
    supervisor = psutil.Process(pid).parent()
    assert supervisor is not None
    await agent.kill()
    shutil.rmtree(agent.home / "data" / "runs" / f"{workload}-1")
    await until(lambda: not psutil.pid_exists(pid), "the end of the workload", 25.0)
    await until(lambda: not supervisor.is_running(), "the end of its supervisor")
