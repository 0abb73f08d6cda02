"""A workload is placed: tell its node to start it."""

from mxc.server.domains.workloads.order import require_placed, start_order
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.reactor import Situation, when


@when("start_wanted")
async def start(situation: Situation, workload_id: str, node_id: str, generation: int) -> None:
    """Starting the same generation twice is one process, so sending it twice does not matter."""
    workload = await situation.load(Workload, workload_id)
    require_placed(workload, node_id, generation)
    await situation.send(node_id, start_order(workload, situation.epoch))
