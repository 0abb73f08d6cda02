"""The bell that rings when something changed. It may ring too often; when it is lost, the reconcile hears."""

import asyncio
from types import TracebackType
from typing import Any, Final, Self

import psycopg
from psycopg import sql

from mxc.cancelling import cancelled
from mxc.server.kernel.access.connecting import connect

FIRST_PAUSE_S: Final = 0.05
LONGEST_PAUSE_S: Final = 2.0
# A half-dead connection is noticed by the operating system within about half a minute.
KEEPALIVE: Final[dict[str, Any]] = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


class Doorbell:
    """Listens to one channel on a connection of its own, for ever: `async with Doorbell(dsn) as bell`.

    After every (re)connection it rings once, because it cannot know what it missed. Any number of rings
    before a `wait` are one.
    """

    def __init__(self, dsn: str, channel: str = "mxc_changes") -> None:
        self._dsn = dsn
        self._channel = channel
        self._rung = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.connections = 0
        self.is_connected = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen_for_ever(), name=f"doorbell {self._channel}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            await cancelled(self._task)

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 (False is an answer, not an error)
        """Waits for a ring, at most `timeout` seconds; False when there was none."""
        try:
            # Not wait_for: in Python 3.11 it swallows a cancellation that comes together with the ring.
            async with asyncio.timeout(timeout):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True

    def ring(self) -> None:
        """Rings by hand."""
        self._rung.set()

    async def _listen_for_ever(self) -> None:
        pause = FIRST_PAUSE_S
        while True:
            before = self.connections
            try:
                await self._listen()
            except (psycopg.Error, OSError):
                pause = FIRST_PAUSE_S if self.connections > before else min(pause * 2, LONGEST_PAUSE_S)
            finally:
                self.is_connected = False
            await asyncio.sleep(pause)

    async def _listen(self) -> None:
        connection = await connect(
            self._dsn, autocommit=True, application_name="mxc_doorbell", connect_timeout=5, **KEEPALIVE
        )
        async with connection:
            await connection.execute(sql.SQL("listen {}").format(sql.Identifier(self._channel)))
            self.connections += 1
            self.is_connected = True
            self.ring()
            async for _ in connection.notifies():
                self.ring()
