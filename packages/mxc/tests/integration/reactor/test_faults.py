"""Reactions that fail are shown, tried again, and forgotten once they succeed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.errors import Unavailable
from mxc.server.kernel.reactor import Reactor, Situation, when
from mxc.server.kernel.records import decisions


class Weather:
    """What the world does to a reaction."""

    is_bad = True
    seen = 0


@when("node_overloaded")
async def complain(_situation: Situation, _node: str) -> None:
    Weather.seen += 1
    if Weather.is_bad:
        raise RuntimeError("it rains")


@when("node_overloaded", settle=timedelta(seconds=5))
async def patient(_situation: Situation, _node: str) -> None:
    Weather.seen += 1


@pytest.fixture
async def second(loop: Any) -> AsyncIterator[list[Reactor]]:
    """Reactors of a test's own beside the product's."""
    Weather.is_bad, Weather.seen = True, 0
    made = [Reactor(loop.facts, [each], loop.hands) for each in (complain, patient)]
    tasks = [asyncio.create_task(each.run()) for each in made]
    yield made
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError, Unavailable):
            await task


async def _overload(loop: Any) -> Any:
    node = await loop.add_node()
    await loop.observe(node, cpu=10.0)
    await loop.until(lambda: loop.facts.query("node_overloaded", str(node)))
    return node


async def test_a_failure_is_shown_retried_and_forgotten(loop: Any, second: list[Reactor]) -> None:
    node = await _overload(loop)
    await loop.until(lambda: second[0].faults and second[0].faults[0].failures >= 2)
    [fault] = second[0].faults
    assert (fault.reaction, fault.row, fault.code) == ("complain", (str(node),), "RuntimeError")
    assert fault.message == "it rains"
    Weather.is_bad = False
    await loop.until(lambda: second[0].faults == [])
    assert second[0].counters.failed >= 2


async def test_the_facts_of_a_tenant_know_what_fails(loop: Any, second: list[Reactor]) -> None:
    # The reactor made last speaks for its tenant; in the product there is but one.
    speaks = Reactor(loop.facts, [complain], loop.hands)
    task = asyncio.create_task(speaks.run())
    node = await _overload(loop)
    await loop.until(loop.facts.reaction_faults)
    [told] = loop.facts.reaction_faults()
    assert (told["reaction"], told["row"], told["message"]) == ("complain", (str(node),), "it rains")
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_fault_goes_with_its_reason(loop: Any, second: list[Reactor]) -> None:
    node = await _overload(loop)
    await loop.until(lambda: len(second[0].faults) == 1)
    await loop.observe(node, cpu=0.0)
    await loop.until(lambda: second[0].faults == [] and second[0].waiting == 0)


async def test_what_does_not_hold_long_enough_is_left_alone(loop: Any, second: list[Reactor]) -> None:
    Weather.is_bad = False
    node = await _overload(loop)
    await loop.until(lambda: Weather.seen == 1)
    await loop.observe(node, cpu=0.0)
    await loop.until(lambda: second[1].waiting == 0)
    loop.ahead.by += 6
    await _overload(loop)
    await loop.until(lambda: Weather.seen == 2)
    assert second[1].counters.run == 0


async def test_without_the_lease_nothing_is_decided(loop: Any) -> None:
    await loop.add_node()
    await loop.until(lambda: loop.facts.rows("node_accepting"))
    await loop.lease.release()
    await loop.add_workload()
    with pytest.raises(Unavailable) as caught:
        await loop.keeper.pull()
    assert caught.value.code == "lease-lost"
    assert [row.status.value for row in await loop.rows(Workload)] == ["pending"]
    assert await loop.records(decisions) == []
