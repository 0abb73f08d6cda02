"""A workload ended and its restart policy asks for another attempt."""

from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.reactor import Situation, when


@when("can_restart")
async def restart(situation: Situation, workload_id: str) -> None:
    """It becomes pending; where it goes is decided when there is room."""
    await situation.perform(Workload.retry, await situation.load(Workload, workload_id))
