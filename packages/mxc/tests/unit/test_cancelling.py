"""Tasks end when they are told to, also those that lose what they are told."""

import asyncio

import pytest

from mxc.cancelling import Crew, cancelled


class Deaf:
    """Goes on for ever, and drops the first `drops` cancellations."""

    def __init__(self, drops: int) -> None:
        self.drops = drops
        self.heard = 0

    async def run(self) -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.heard += 1
                if self.heard > self.drops:
                    raise


async def fail() -> None:
    raise OSError("the works are out of order")


async def test_it_is_said_again_until_it_is_heard() -> None:
    deaf = Deaf(drops=2)
    tasks = [asyncio.create_task(deaf.run()), asyncio.create_task(fail())]
    await asyncio.sleep(0)
    await cancelled(*tasks, again_s=0.01)
    assert deaf.heard == 3
    assert all(task.done() for task in tasks)


async def test_who_is_cancelled_while_ending_others_ends_them_first() -> None:
    deaf = asyncio.create_task(Deaf(drops=2).run())
    ending = asyncio.create_task(cancelled(deaf, again_s=0.01))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert deaf.done()


async def test_a_crew_ends_with_the_first_failure() -> None:
    deaf, crew = Deaf(drops=1), Crew()
    crew.add(deaf.run())
    crew.add(fail())
    with pytest.raises(OSError, match="out of order"):
        await crew.run()
    assert deaf.heard == 2


async def test_a_cancelled_crew_ends_those_that_lose_the_word() -> None:
    deaf, crew = Deaf(drops=2), Crew()
    crew.add(deaf.run())
    running = asyncio.create_task(crew.run())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert deaf.heard == 3
