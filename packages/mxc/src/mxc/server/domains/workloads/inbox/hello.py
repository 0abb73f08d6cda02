"""An agent is there (again): what its machine is, what runs on it, and what ought to."""

from typing import Any

from sqlalchemy import select

from mxc.protocol import Hello, Start, Welcome, encode
from mxc.server.domains.workloads.node import Hypervisor, Liveness, Node
from mxc.server.domains.workloads.order import start_order, stop_order
from mxc.server.domains.workloads.workload import OCCUPYING, Status, Workload
from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.perform import Unit
from mxc.server.kernel.reactor import Arrival, Desk, on


@on("hello", Hello)
async def hello(desk: Desk, arrival: Arrival[Hello]) -> Welcome:
    """Makes or refreshes the node's row; tells which generations are dead and which are to run."""
    epoch = desk.hands.epoch()
    async with desk.hands.unit(arrival.actor) as unit:
        node = await unit.session.get(Node, (arrival.tenant_id, arrival.agent_id))
        is_removed = node is not None and node.removed_at is not None
        if not is_removed:
            await _join(unit, arrival, is_new=node is None)
        placed = [] if is_removed else await _placed(unit, arrival)
        _ask_after_missing(unit, arrival, placed, epoch)
    alive = {(each.id, each.generation) for each in placed}
    claimed = [(each.workload, each.generation) for each in arrival.message.running]
    return Welcome(
        epoch=epoch,
        heartbeat_s=float(desk.settings["heartbeat_s"]),
        lease_s=float(desk.settings["node_lease_s"]),
        dead=[each for each in claimed if each not in alive],
        desired=_desired(placed, epoch),
    )


async def _join(unit: Unit, arrival: Arrival[Hello], *, is_new: bool) -> None:
    said = arrival.message
    machine: dict[str, Any] = {
        "hostname": said.hostname,
        "cpu_total": said.cpu_total,
        "memory_total": said.memory_total,
        "hypervisor": _hypervisor(said.hypervisor),
        "capabilities": said.capabilities,
        "agent_version": said.version,
    }
    if is_new:
        seen: dict[str, Any] = {"liveness": Liveness.AVAILABLE, "last_heartbeat_at": arrival.at}
        await unit.perform(Node.create, arrival.agent_id, **machine, **seen)
    else:
        await unit.perform(Node.join, arrival.agent_id, **machine)


def _hypervisor(name: str) -> Hypervisor:
    try:
        return Hypervisor(name)
    except ValueError:
        allowed = ", ".join(each.value for each in Hypervisor)
        raise Invalid(fields={"hypervisor": [f"is {name!r}; one of {allowed}"]}) from None


async def _placed(unit: Unit, arrival: Arrival[Hello]) -> list[Workload]:
    """What ought to be on this node."""
    rows = await unit.session.execute(
        select(Workload).where(
            Workload.tenant_id == arrival.tenant_id,
            Workload.node_id == arrival.agent_id,
            Workload.status.in_(OCCUPYING),
        )
    )
    return list(rows.scalars())


def _ask_after_missing(unit: Unit, arrival: Arrival[Hello], placed: list[Workload], epoch: int) -> None:
    """What should run and does not: an order to stop it is answered with what became of it."""
    there = {(each.workload, each.generation) for each in arrival.message.running}
    for workload in placed:
        is_missing = (workload.id, workload.generation) not in there
        if is_missing and workload.status is not Status.STARTING:
            unit.send(arrival.agent_id, workload.id, encode(stop_order(workload, epoch)))


def _desired(placed: list[Workload], epoch: int) -> list[Start]:
    return [start_order(each, epoch) for each in placed if each.status is Status.STARTING]
