"""Ends tasks for certain: one cancellation may be lost on its way."""

import asyncio
from typing import Any, Final

_AGAIN_S: Final = 0.5


async def cancelled(*tasks: asyncio.Task[Any], again_s: float = _AGAIN_S) -> None:
    """Cancel them, every `again_s` seconds anew, until all have ended. How they ended is not told.

    A task group that is failing already, `asyncio.wait_for` as its future completes, and the client of NATS
    while it flushes, all drop a cancellation that comes at that moment; a task that retries for ever would
    then never hear of it.
    """
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=again_s)
    await asyncio.gather(*tasks, return_exceptions=True)
