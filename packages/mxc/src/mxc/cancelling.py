"""Ends tasks for certain: one cancellation may be lost on its way."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

_AGAIN_S: Final = 0.5


async def cancelled(*tasks: asyncio.Task[Any], again_s: float = _AGAIN_S) -> None:
    """Cancel them, every `again_s` seconds anew, until all have ended. How they ended is not told.

    `asyncio.wait_for` (as its future completes) and the client of NATS (as it writes) drop a cancellation
    that comes at that moment; a task that goes on for ever would then never hear of it. A cancellation of
    the caller is kept meanwhile, and raised once the tasks have ended.
    """
    waiting, is_told = set(tasks), False
    while waiting:
        for task in waiting:
            task.cancel()
        try:
            await asyncio.wait(waiting, timeout=again_s)
        except asyncio.CancelledError:
            is_told = True
        waiting = {task for task in waiting if not task.done()}
    await asyncio.gather(*tasks, return_exceptions=True)
    if is_told:
        raise asyncio.CancelledError


class Crew:
    """Works that end together. A task group cancels each of its tasks once only, which may be lost."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._errors: list[BaseException] = []
        self._failed = asyncio.Event()

    def add(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin that work."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def run(self) -> None:
        """Until the first of them fails: ends the others and raises its error. Cancelled, it ends all."""
        try:
            await self._failed.wait()
        finally:
            await cancelled(*self._tasks)
        raise self._errors[0]

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._errors.append(error)
            self._failed.set()
