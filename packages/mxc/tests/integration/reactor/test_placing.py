"""Pending workloads find their node, and only as many as fit."""

import asyncio
from collections import Counter
from typing import Any

from sqlalchemy import select, update

from mxc.protocol import Start, decode
from mxc.server.domains.workloads.workload import Workload
from mxc.server.domains.workloads.workload_event import WorkloadEvent
from mxc.server.kernel.records import decisions, outbox


async def test_a_workload_is_placed_and_its_node_told_to_start_it(loop: Any) -> None:
    node = await loop.add_node()
    placed = await loop.status(await loop.add_workload(command="sleep", args=["9"]), "starting")
    assert (placed.node_id, placed.generation) == (node, 1)
    await loop.until(lambda: loop.reactor.counters.decisions == 2)
    [message] = await loop.records(outbox)
    assert message.agent_id == node
    order = decode(Start, message.payload)
    assert (order.workload, order.generation, order.command, order.args) == (placed.id, 1, "sleep", ["9"])
    assert order.epoch == loop.lease.epoch


async def test_a_decision_holds_the_proof_of_why_there(loop: Any) -> None:
    node = await loop.add_node()
    placed = await loop.status(await loop.add_workload(), "starting")
    [decision] = [row for row in await loop.records(decisions) if row.action == "place"]
    assert decision.predicate == "placement_candidate"
    assert decision.args[:2] == [str(placed.id), str(node)]
    assert decision.target == str(placed.id)
    assert decision.epoch == loop.lease.epoch
    assert "can_place" in str(decision.proof)
    [event] = await loop.rows(WorkloadEvent, WorkloadEvent.to_status == "starting")
    assert event.decision_id == decision.id


async def test_a_hundred_at_once_place_exactly_what_fits(loop: Any) -> None:
    await loop.add_node(cpu=10.0)
    ids = await asyncio.gather(*(loop.add_workload(cpu_required=1.0) for _ in range(100)))
    # Ten are placed and told to start: twenty decisions.
    await loop.until(lambda: loop.reactor.counters.decisions == 20 and loop.engines.counters.notes >= 110)
    assert Counter(row.status.value for row in await loop.rows(Workload)) == {"starting": 10, "pending": 90}
    assert {row.id for row in await loop.rows(Workload)} == set(ids)
    assert [row[1] for row in loop.facts.rows("node_resources_free")] == [0]
    assert len(loop.facts.rows("workload_turn")) == 90
    assert loop.reactor.faults == []


async def test_tenths_of_a_core_fill_a_core(loop: Any) -> None:
    await loop.add_node(cpu=1.0)
    for _ in range(11):
        await loop.add_workload(cpu_required=0.1)
    await loop.until(lambda: loop.reactor.counters.decisions == 20)
    assert Counter(row.status.value for row in await loop.rows(Workload)) == {"starting": 10, "pending": 1}


async def test_a_pending_workload_starts_the_moment_room_appears(loop: Any) -> None:
    waiting = await loop.add_workload(memory_required=65_536)
    await loop.until(lambda: loop.reactor.counters.run >= 1)
    await loop.add_node(memory=24_576)
    assert (await loop.workload(waiting)).status.value == "pending"
    roomy = await loop.add_node(memory=131_072)
    placed = await loop.status(waiting, "starting", within=5)
    assert placed.node_id == roomy


async def test_a_higher_priority_is_placed_first(loop: Any) -> None:
    low = [await loop.add_workload(cpu_required=10.0) for _ in range(3)]
    high = await loop.add_workload(cpu_required=10.0, priority=7)
    await loop.until(lambda: len(loop.facts.rows("workload_turn")) == 4)
    await loop.add_node(cpu=10.0)
    await loop.status(high, "starting")
    assert {(await loop.workload(each)).status.value for each in low} == {"pending"}


async def test_a_place_that_cannot_be_written_gives_its_room_back(loop: Any) -> None:
    """Somebody cancels the workload between the choice and the write."""
    workload = await loop.workload(await loop.add_workload())
    await loop.until(lambda: len(loop.facts.rows("workload_turn")) == 1)
    async with loop.store.session(workload.tenant_id) as session:
        # Holding the row makes the write of the decision wait until the cancel is committed.
        await session.execute(select(Workload).where(Workload.id == workload.id).with_for_update())
        await loop.add_node(cpu=10.0)
        await loop.until(lambda: loop.facts.is_reserved(("workloads", workload.id)))
        assert [row[1] for row in loop.facts.rows("node_resources_free")] == [9]
        await session.execute(update(Workload).where(Workload.id == workload.id).values(status="stopped"))
    await loop.until(lambda: [row[1] for row in loop.facts.rows("node_resources_free")] == [10])
    assert (await loop.workload(workload.id)).status.value == "stopped"
    assert not loop.facts.is_reserved(("workloads", workload.id))
    assert loop.reactor.counters.outdated >= 1
    assert loop.reactor.counters.decisions == 0
