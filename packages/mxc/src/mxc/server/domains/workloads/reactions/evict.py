"""A node is draining: move what runs there, a few at a time."""

from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.reactor import Situation, when


@when("evict_wanted")
async def evict(situation: Situation, workload_id: str) -> None:
    """Stopped gracefully under its own reason, so that its restart policy places it elsewhere."""
    await situation.perform(Workload.stop, await situation.load(Workload, workload_id), reason="evicted")
