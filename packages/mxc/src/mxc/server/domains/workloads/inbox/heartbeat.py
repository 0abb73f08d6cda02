"""Heartbeats: the one thing agents say all the time. One UPDATE for all that came together, no audit."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, DateTime, Float, Uuid, bindparam, func, select, update

from mxc.protocol import Heartbeat
from mxc.server.domains.workloads.node import Node
from mxc.server.kernel.reactor import Arrival, Desk, on

EVERY: Final = timedelta(milliseconds=200)
MAX_CORES: Final = 1e6
MAX_MEGABYTES: Final = 2**50

# A heartbeat that a crash forgets is made up for by the next one: nobody waits for the disk.
_LAZY: Final = select(func.set_config("synchronous_commit", "off", True))
_BEAT: Final = (
    func.unnest(
        bindparam("ids", type_=ARRAY(Uuid)),
        bindparam("ats", type_=ARRAY(DateTime(timezone=True))),
        bindparam("cores", type_=ARRAY(Float)),
        bindparam("megabytes", type_=ARRAY(BigInteger)),
    )
    .table_valued("id", "at", "cores", "megabytes")
    .render_derived(name="beat")
)
_UPDATE: Final = (
    update(Node)
    .where(
        Node.tenant_id == bindparam("tenant", type_=Uuid), Node.id == _BEAT.c.id, Node.removed_at.is_(None)
    )
    .values(last_heartbeat_at=_BEAT.c.at, cpu_used=_BEAT.c.cores, memory_used=_BEAT.c.megabytes)
    .execution_options(synchronize_session=False)
)


@on("heartbeat", Heartbeat, every=EVERY)
async def heartbeat(desk: Desk, arrivals: list[Arrival[Heartbeat]]) -> None:
    """The newest of each node counts. A node we do not know, or that was deleted, changes nothing."""
    newest = {arrival.agent_id: arrival for arrival in arrivals}
    tenant_id = arrivals[0].tenant_id
    async with desk.hands.store.session(tenant_id, desk.hands.epoch()) as session:
        await session.execute(_LAZY)
        connection = await session.connection()
        await connection.execute(_UPDATE, _columns(tenant_id, newest))


def _columns(tenant_id: UUID, newest: dict[UUID, Arrival[Heartbeat]]) -> dict[str, Any]:
    # In order of id, so that two batches can never wait for one another.
    ordered = [newest[agent_id] for agent_id in sorted(newest)]
    return {
        "tenant": tenant_id,
        "ids": [each.agent_id for each in ordered],
        "ats": [each.at for each in ordered],
        "cores": [_within(each.message.cpu_used, MAX_CORES) for each in ordered],
        "megabytes": [int(_within(each.message.memory_used, MAX_MEGABYTES)) for each in ordered],
    }


def _within(value: float, most: float) -> float:
    """One agent's nonsense must not cost the others their heartbeat."""
    return min(max(value, 0.0), most)
