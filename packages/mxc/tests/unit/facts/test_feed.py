"""What subscribers of one process are told."""

import asyncio
import gc
from uuid import UUID

from mxc.server.kernel.facts.feed import Derived, Feed, Note, Resync

ONE, OTHER = UUID(int=1), UUID(int=2)


def _note(name: str) -> Note:
    return Note("nodes", name, {}, "put")


async def test_everything_published_since_subscribing_arrives_once_and_in_order() -> None:
    feed = Feed()
    feed.publish(ONE, [_note("before")])
    reader = feed.subscribe(ONE)
    feed.publish(ONE, [_note("a"), Derived("p", (("x",),), ())])
    feed.publish(ONE, [_note("b")])
    assert [await anext(reader) for _ in range(3)] == [_note("a"), Derived("p", (("x",),), ()), _note("b")]


async def test_nothing_crosses_tenants() -> None:
    feed = Feed()
    reader, other = feed.subscribe(ONE), feed.subscribe(OTHER)
    feed.publish(ONE, [_note("mine")])
    other.close()
    reader.close()
    assert [each async for each in other] == []
    assert [each async for each in reader] == [_note("mine")]


async def test_a_slow_reader_is_cut_and_told_to_resync() -> None:
    feed = Feed(depth=3)
    slow = feed.subscribe(ONE)
    for number in range(5):
        feed.publish(ONE, [_note(str(number))])
    assert await anext(slow) == Resync()
    assert await anext(slow) == _note("4")


async def test_a_waiting_reader_wakes() -> None:
    feed = Feed()
    reader = feed.subscribe(ONE)
    waiting = asyncio.create_task(anext(reader))
    await asyncio.sleep(0)
    assert not waiting.done()
    feed.publish(ONE, [_note("a")])
    assert await asyncio.wait_for(waiting, 1) == _note("a")


async def test_a_subscription_nobody_holds_is_forgotten() -> None:
    feed = Feed()
    reader = feed.subscribe(ONE)
    assert feed.is_watched(ONE)
    del reader
    gc.collect()
    assert not feed.is_watched(ONE)


async def test_to_a_reader_in_a_partition_the_rows_of_another_are_gone() -> None:
    feed, here, there = Feed(), UUID(int=3), UUID(int=4)
    reader = feed.subscribe(ONE, here)
    for name, partition in (("ours", str(here)), ("theirs", str(there)), ("all", None)):
        feed.publish(ONE, [Note("nodes", name, {"partition_id": partition}, "put")])
    told = [await anext(reader) for _ in range(3)]
    assert [(each.id, each.change, each.document is None) for each in told if isinstance(each, Note)] == [
        ("ours", "put", False), ("theirs", "gone", True), ("all", "put", False),
    ]  # fmt: skip
