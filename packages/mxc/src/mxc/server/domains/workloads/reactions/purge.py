"""A deleted workload has ended: forget it."""

from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.reactor import Situation, when


@when("purge_wanted")
async def purge(situation: Situation, workload_id: str) -> None:
    """Its events and decisions stay."""
    await situation.perform(Workload.purge, await situation.load(Workload, workload_id))
