"""A workload was asked to end: tell its node."""

from mxc.server.domains.workloads.order import require_placed, stop_order
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.reactor import Situation, when


@when("stop_wanted")
async def stop(situation: Situation, workload_id: str, node_id: str, generation: int) -> None:
    """Asked gracefully first; its agent kills what is left after the grace period."""
    workload = await situation.load(Workload, workload_id)
    require_placed(workload, node_id, generation)
    await situation.send(node_id, stop_order(workload, situation.epoch))
