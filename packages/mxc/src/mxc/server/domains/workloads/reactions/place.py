"""A workload waits: take room for it on the best node."""

from uuid import UUID

from mxc.server.domains.workloads.placement import choose
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.reactor import Situation, when


@when("workload_turn", wakes=("placement_candidate", "placement_strategy"))
async def place(situation: Situation, _rank: int, workload_id: str) -> None:
    """Nothing happens when no node has room: it runs again when that may have changed."""
    async with situation.in_turn():
        if choose(situation, workload_id) is None:
            return
        workload = await situation.load(Workload, workload_id)
        # No await between the choice and the reservation: no other decision can come in between.
        chosen = choose(situation, workload_id)
        if chosen is None:
            return
        writing = situation.reserve(
            Workload.place,
            workload,
            because=("placement_candidate", *chosen),
            node_id=UUID(chosen.node),
            deadline_s=float(situation.setting("start_deadline_s")),
        )
    await writing
