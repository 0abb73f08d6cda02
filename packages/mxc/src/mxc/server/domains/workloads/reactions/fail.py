"""A workload is lost or late: say so, and see to it that nothing of this generation goes on."""

from typing import Final

from mxc.server.domains.workloads.order import stop_order
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.reactor import Situation, when

WORDS: Final = {
    "node-lost": "its node is no longer heard from",
    "start-timeout": "its node did not report it running in time",
    "stop-timeout": "its node did not report it gone in time",
}


@when("should_fail")
async def fail(situation: Situation, workload_id: str, reason: str) -> None:
    """The order to stop waits for the node, should it return with the process still running."""
    workload = await situation.load(Workload, workload_id)
    async with situation.act() as act:
        if workload.node_id is not None:
            act.send(workload.node_id, stop_order(workload, situation.epoch))
        await act.perform(Workload.fail, workload, reason=reason, error=WORDS.get(reason, reason))
