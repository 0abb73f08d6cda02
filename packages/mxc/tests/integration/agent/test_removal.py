"""A deleted node's agent is cut off, ends what it runs, and never comes back under its id."""

import psutil
from packages.mxc.tests.integration.agent.world import AgentProcess, Core, until

from mxc.protocol import State


async def test_a_deleted_nodes_agent_ends_its_workloads(core: Core, agent: AgentProcess) -> None:
    workload = await core.start("sleep", "600")
    pid = (await core.report(workload, State.RUNNING)).pid
    assert pid is not None
    assert core.agent is not None
    hellos = len(core.hellos)
    core.removed.add(core.agent)
    await core.bus.expel(core.tenant, core.agent)
    await until(lambda: not psutil.pid_exists(pid), "the end of its workload")
    assert "was deleted" in agent.log()
    assert len(core.hellos) == hellos
    core.removed.clear()
