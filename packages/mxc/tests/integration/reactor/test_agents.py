"""The whole loop, with agents that are scripted, on a real bus."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest
from packages.mxc.tests.integration.bus.visitor import visit
from packages.mxc.tests.integration.reactor.scripted_agent import ScriptedAgent

from mxc.cancelling import cancelled
from mxc.plugins import load
from mxc.protocol import Reason, Running, Start, State, Stop
from mxc.server.domains.workloads.defaults import RULE_SETTINGS
from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.bus import Bus
from mxc.server.kernel.bus.outbox import Publisher
from mxc.server.kernel.changes.doorbell import Doorbell
from mxc.server.kernel.facts.directory import Directory
from mxc.server.kernel.reactor import Post, inboxes_in
from mxc.server.kernel.records import audit, decisions
from mxc.server.kernel.resource import catalogue

MakeAgent = Callable[[], Awaitable[ScriptedAgent]]


@pytest.fixture
async def post(loop: Any, bus: Bus, dsn: str) -> AsyncIterator[Post]:
    """Messages come in and orders go out."""
    directory = Directory(loop.store, catalogue())
    opened = Post(bus, inboxes_in(load("mxc.server.domains")), directory, loop.hands, dict(RULE_SETTINGS))
    await opened.open()
    async with Doorbell(dsn, "mxc_outbox") as bell:
        publishing = asyncio.create_task(Publisher(loop.store, bus, bell).run())
        yield opened
        await cancelled(publishing)
    await opened.close()


@pytest.fixture
async def agent(loop: Any, post: Post, bus: Bus, nats_server: Any) -> AsyncIterator[MakeAgent]:
    async with AsyncExitStack() as stack:

        async def make() -> ScriptedAgent:
            return ScriptedAgent(await stack.enter_async_context(visit(bus, nats_server.url, loop.slug)))

        yield make


async def test_from_create_to_done(loop: Any, agent: MakeAgent) -> None:
    node = await agent()
    welcome = await node.hello(capabilities={"zone": "eu"})
    assert (welcome.epoch, welcome.lease_s, welcome.dead, welcome.desired) == (loop.lease.epoch, 30.0, [], [])
    workload = await loop.add_workload(command="echo", args=["hi"], env={"A": 1, "B": True})
    order = await node.next_command()
    assert isinstance(order, Start)
    assert (order.workload, order.generation, order.command, order.args) == (workload, 1, "echo", ["hi"])
    assert order.env == {"A": "1", "B": "true"}
    await node.report(workload, 1, State.RUNNING, pid=4711)
    assert (await loop.workload(workload)).status.value == "running"
    await node.report(workload, 1, State.EXITED, Reason.COMPLETED, exit_code=0)
    ended = await loop.workload(workload)
    assert (ended.status.value, ended.exit_code, ended.reason) == ("succeeded", 0, "completed")


async def test_what_exits_badly_fails_with_its_code_and_its_signal(loop: Any, agent: MakeAgent) -> None:
    node = await agent()
    await node.hello()
    first = await loop.add_workload(restart_policy="never")
    await node.started()
    await node.report(first, 1, State.EXITED, Reason.CRASHED, exit_code=3, error="boom")
    failed = await loop.workload(first)
    assert (failed.status.value, failed.reason, failed.exit_code, failed.error) == (
        "failed",
        "crashed",
        3,
        "boom",
    )
    second = await loop.add_workload(restart_policy="never")
    await node.started()
    await node.report(second, 1, State.EXITED, Reason.CRASHED, signal=9)
    assert (await loop.workload(second)).exit_code == 137


async def test_a_refused_command_is_a_bad_command_and_not_repeated(loop: Any, agent: MakeAgent) -> None:
    node = await agent()
    await node.hello()
    workload = await loop.add_workload(command="no-such-thing", backoff_s=0.0)
    order = await node.next_command()
    await node.report(workload, order.generation, State.REFUSED, Reason.BAD_COMMAND, error="not found")
    assert (await loop.workload(workload)).reason == "bad-command"
    await loop.until(lambda: loop.facts.query("workload", str(workload), ..., "failed"))
    assert not loop.facts.query("can_restart", str(workload))


async def test_stopping_is_done_when_the_agent_says_it_is(loop: Any, agent: MakeAgent) -> None:
    node = await agent()
    await node.hello()
    workload = await loop.add_workload()
    await node.started()
    await loop.perform(Workload.stop, workload)
    order = await node.next_command()
    assert (type(order), order.workload, order.generation) == (Stop, workload, 1)
    assert (await loop.workload(workload)).status.value == "stopping"
    await node.report(workload, 1, State.EXITED, Reason.STOPPED, exit_code=0)
    assert (await loop.workload(workload)).status.value == "stopped"


async def test_a_report_of_an_older_generation_is_recorded_and_ignored(loop: Any, agent: MakeAgent) -> None:
    node = await agent()
    await node.hello()
    workload = await loop.add_workload(backoff_s=0.0)
    await node.started()
    await node.report(workload, 1, State.EXITED, Reason.CRASHED, exit_code=1)
    order = await node.started()
    assert order.generation == 2
    await node.report(workload, 1, State.EXITED, Reason.COMPLETED, exit_code=0)
    assert (await loop.workload(workload)).status.value == "running"
    [late] = [row for row in await loop.records(decisions) if row.predicate == "late_report"]
    assert (late.target, late.outcome) == (str(workload), "ignored")


async def test_a_report_about_another_nodes_workload_is_ignored(loop: Any, agent: MakeAgent) -> None:
    node, stranger = await agent(), await agent()
    await node.hello()
    workload = await loop.add_workload()
    await node.started()
    await stranger.report(workload, 1, State.EXITED, Reason.COMPLETED, exit_code=0)
    assert (await loop.workload(workload)).status.value == "running"


async def test_the_same_report_twice_is_one(loop: Any, agent: MakeAgent) -> None:
    node = await agent()
    await node.hello()
    workload = await loop.add_workload(restart_policy="never")
    await node.started()
    for _ in range(2):
        await node.report(workload, 1, State.EXITED, Reason.COMPLETED, exit_code=0)
    await asyncio.gather(*(node.report(workload, 1, State.RUNNING) for _ in range(3)))
    assert (await loop.workload(workload)).status.value == "succeeded"


async def test_heartbeats_are_written_together_and_audited_never(
    loop: Any, agent: MakeAgent, post: Post
) -> None:
    nodes = [await agent() for _ in range(5)]
    for node in nodes:
        await node.hello()
    before = len(await loop.records(audit))
    for number in range(4):
        await asyncio.gather(*(node.beat(cpu=1.0 + number, memory=100) for node in nodes))
    await loop.until(lambda: len(loop.facts.query("node_observed", ..., 4, 100)) == 5)
    counted = post.counters["heartbeat"]
    assert counted.messages == 20
    assert counted.batches < counted.messages
    assert len(await loop.records(audit)) == before


async def test_nonsense_costs_only_who_says_it(loop: Any, agent: MakeAgent) -> None:
    good, bad = await agent(), await agent()
    await good.hello()
    await bad.hello()
    await bad.beat(cpu=-5.0, memory=-7)
    await bad.say("heartbeat", b"\xff\x00 not json")
    await good.beat(cpu=2.0, memory=64)
    await loop.until(lambda: loop.facts.query("node_observed", str(good.id), 2, 64))
    assert loop.facts.query("node_observed", str(bad.id), ..., ...) == [(str(bad.id), 0, 0)]
    assert (await bad.ask_raw("hello", b"{}")).code == "malformed"
    assert (await bad.ask_raw("report", b"[]")).code == "malformed"


async def test_a_returning_agent_is_told_what_is_dead_and_what_is_wanted(loop: Any, agent: MakeAgent) -> None:
    node = await agent()
    await node.hello()
    workload = await loop.add_workload()
    await loop.status(workload, "starting")
    stray = Running(workload=uuid4(), generation=3, pid=1, started_at=0.0)
    old = Running(workload=workload, generation=0, pid=2, started_at=0.0)
    welcome = await node.hello(stray, old)
    assert set(welcome.dead) == {(stray.workload, 3), (workload, 0)}
    assert [(each.workload, each.generation) for each in welcome.desired] == [(workload, 1)]
    current = Running(workload=workload, generation=1, pid=3, started_at=0.0)
    assert (await node.hello(current)).dead == []


async def test_what_a_rebooted_machine_lost_fails_as_lost(loop: Any, agent: MakeAgent) -> None:
    node = await agent()
    await node.hello()
    workload = await loop.add_workload(restart_policy="never")
    await node.started()
    await node.hello()
    order = await node.next_command()
    assert (type(order), order.workload, order.generation) == (Stop, workload, 1)
    await node.report(workload, 1, State.EXITED, Reason.STOPPED)
    lost = await loop.workload(workload)
    assert (lost.status.value, lost.reason) == ("failed", "lost")


async def test_a_deleted_node_never_comes_back(loop: Any, agent: MakeAgent) -> None:
    node = await agent()
    await node.hello()
    workload = await loop.add_workload(restart_policy="never")
    await node.started()
    await loop.perform(Node.delete, node.id)
    await loop.status(workload, "failed")
    running = Running(workload=workload, generation=1, pid=3, started_at=0.0)
    assert (await node.hello(running)).dead == [(workload, 1)]
    await node.beat()
    [row] = await loop.rows(Node)
    assert row.removed_at is not None


async def test_who_does_not_lead_keeps_silent(loop: Any, agent: MakeAgent) -> None:
    node = await agent()
    await loop.lease.release()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(node.hello(), 0.5)
    assert await loop.rows(Node) == []
