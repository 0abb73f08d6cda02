"""From derived to done: fail, restart, stop, evict, forget, notify; nothing twice."""

from typing import Any

import pytest
from sqlalchemy import update

from mxc.protocol import Start, Stop, decode
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.notice import Notice
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.records import outbox


def _agent(node: Any) -> Actor:
    return Actor.agent(DEFAULT_TENANT, node)


async def _running(loop: Any, **columns: Any) -> Any:
    """A workload its agent reported running."""
    placed = await loop.status(await loop.add_workload(**columns), "starting")
    await loop.until(lambda: _orders(loop, Start, placed))
    await loop.perform(Workload.run, placed.id, _agent(placed.node_id))
    return placed


async def _orders(loop: Any, kind: Any, workload: Any) -> list[Any]:
    name = kind.__name__.lower()
    rows = [row for row in await loop.records(outbox) if row.workload_id == workload.id]
    return [decode(kind, row.payload) for row in rows if f'"{name}"'.encode() in row.payload]


async def _beat(loop: Any, *nodes: Any) -> None:
    now = loop.clock.now()
    async with loop.store.session(loop.facts.tenant_id) as session:
        await session.execute(update(Node).where(Node.id.in_(nodes)).values(last_heartbeat_at=now))


async def test_a_silent_node_is_marked_and_loses_its_workload_which_returns_elsewhere(loop: Any) -> None:
    silent = await loop.add_node()
    placed = await _running(loop)
    loop.ahead.by += 31
    other = await loop.add_node()
    again = await loop.status(placed.id, "starting", within=15)
    assert (again.node_id, again.generation, again.restart_count) == (other, 2, 1)
    assert (await loop.rows(Node, Node.id == silent))[0].liveness.value == "unavailable"
    [stop] = await _orders(loop, Stop, placed)
    assert stop.generation == 1
    assert [start.generation for start in await _orders(loop, Start, placed)] == [1, 2]


async def test_a_node_that_is_heard_from_again_is_available_again(loop: Any) -> None:
    node = await loop.add_node()
    loop.ahead.by += 31
    await loop.until(lambda: loop.facts.query("node_liveness", str(node), "unavailable"))
    await _beat(loop, node)
    await loop.until(lambda: loop.facts.query("node_healthy", str(node)))


async def test_a_start_that_is_never_reported_fails_at_its_deadline(loop: Any) -> None:
    node = await loop.add_node()
    placed = await loop.status(await loop.add_workload(restart_policy="never"), "starting")
    loop.ahead.by += 61
    await _beat(loop, node)
    failed = await loop.status(placed.id, "failed")
    assert failed.reason == "start-timeout"


async def test_a_crash_restarts_after_its_backoff_under_a_new_generation(loop: Any) -> None:
    await loop.add_node()
    placed = await _running(loop, backoff_s=5.0)
    await loop.perform(Workload.fail, placed.id, _agent(placed.node_id), reason="crashed", exit_code=1)
    failed = await loop.workload(placed.id)
    assert (failed.status.value, failed.exit_code) == ("failed", 1)
    await loop.until(lambda: loop.facts.query("workload_backing_off", str(placed.id)))
    loop.ahead.by += 5
    again = await loop.status(placed.id, "starting")
    assert again.generation == 2


async def test_stopping_tells_the_node_and_ends_when_it_says_so(loop: Any) -> None:
    await loop.add_node()
    placed = await _running(loop, stop_grace_s=3.0)
    await loop.perform(Workload.stop, placed.id)
    await loop.until(lambda: _orders(loop, Stop, placed))
    [order] = await _orders(loop, Stop, placed)
    assert (order.generation, order.grace_s) == (1, 3.0)
    await loop.perform(Workload.stopped, placed.id, _agent(placed.node_id), exit_code=0)
    await loop.until(lambda: loop.facts.query("node_resources_free", ..., 10, ...))
    assert not loop.facts.query("can_restart", str(placed.id))


async def test_a_user_stop_survives_the_loss_of_the_node(loop: Any) -> None:
    await loop.add_node()
    placed = await _running(loop)
    await loop.perform(Workload.stop, placed.id)
    loop.ahead.by += 31
    failed = await loop.status(placed.id, "failed")
    assert failed.reason == "user-stopped"
    assert not loop.facts.query("can_restart", str(placed.id))


async def test_deleting_stops_first_and_then_forgets(loop: Any) -> None:
    await loop.add_node()
    placed = await _running(loop)
    await loop.perform(Workload.delete, placed.id)
    await loop.until(lambda: _orders(loop, Stop, placed))
    await loop.perform(Workload.stopped, placed.id, _agent(placed.node_id))

    async def gone() -> bool:
        return not await loop.rows(Workload, Workload.id == placed.id)

    await loop.until(gone)
    await loop.until(lambda: not loop.facts.query("workload", str(placed.id), ..., ...))


async def test_draining_moves_what_runs_one_at_a_time(loop: Any) -> None:
    full = await loop.add_node()
    first, second = sorted([await _running(loop), await _running(loop)], key=lambda each: str(each.id))
    await loop.perform(Node.drain, full)
    stopping = await loop.status(first.id, "stopping")
    assert stopping.reason == "evicted"
    await loop.until(lambda: _orders(loop, Stop, first))
    assert (await loop.workload(second.id)).status.value == "running"
    other = await loop.add_node()
    await loop.perform(Workload.stopped, first.id, _agent(full))
    assert (await loop.status(first.id, "starting")).node_id == other
    await loop.status(second.id, "stopping")


async def test_a_deleted_node_fails_what_it_ran(loop: Any) -> None:
    node = await loop.add_node()
    placed = await _running(loop, restart_policy="never")
    await loop.perform(Node.delete, node)
    failed = await loop.status(placed.id, "failed")
    assert failed.reason == "node-lost"


async def test_a_degraded_cluster_raises_one_notice_and_clears_it(loop: Any) -> None:
    node = await loop.add_node()
    loop.ahead.by += 31
    await loop.until(lambda: loop.facts.holds("cluster_degraded"))
    loop.ahead.by += 2

    async def notices(status: str) -> bool:
        return [row.status.value for row in await loop.rows(Notice)] == [status]

    await loop.until(lambda: notices("open"))
    await _beat(loop, node)
    await loop.until(lambda: not loop.facts.holds("cluster_degraded"))
    loop.ahead.by += 2
    await loop.until(lambda: notices("cleared"))


@pytest.mark.parametrize("vanished", [2, 3])
async def test_when_most_nodes_vanish_at_once_nothing_is_declared_lost(loop: Any, vanished: int) -> None:
    nodes = [await loop.add_node() for _ in range(3)]
    placed = await _running(loop)
    loop.ahead.by += 31
    heard = [node for node in nodes if node != placed.node_id][: 3 - vanished]
    await _beat(loop, *heard)
    await loop.until(lambda: loop.facts.query("node_liveness", str(placed.node_id), "unavailable"))
    assert loop.facts.holds("evictions_held")
    assert (await loop.workload(placed.id)).status.value == "running"
    await _beat(loop, *nodes)
    await loop.until(lambda: not loop.facts.holds("evictions_held"))
    assert (await loop.workload(placed.id)).status.value == "running"
