"""Starts our children, restarts one that dies, and ends them in reverse order.

It has a thread of its own that lives as long as they do: the kernel ties a child's life to the thread that
started it. The rest of the program can be imported while that thread starts them. Waiting costs no CPU.
"""

import logging
import os
import queue
import select
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from mxc.server.embedded.failure import StartError

_FIRST_RETRY_S = 0.1
_LAST_RETRY_S = 5.0
_LIVED_LONG_S = 30.0
_log = logging.getLogger(__name__)


class Server(Protocol):
    """What is guarded: something that runs as one child process."""

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The child, while it runs."""

    def start(self) -> str:
        """Start it and return its address once it serves. Raises StartError."""

    def stop(self) -> None:
        """End it; also after it died, before it is started again."""


@dataclass(slots=True)
class _Part:
    name: str
    server: Server
    started_at: float = 0.0
    deaths: int = 0
    retry_at: float | None = None
    descriptor: int = field(default=-1)


class Guard:
    """Keeps servers running from `add` to `end` (one) or `stop` (all)."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._parts: list[_Part] = []
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._bell = os.eventfd(0)
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="guard", daemon=True)
        self._thread.start()

    def add(self, name: str, make: Callable[[], Server]) -> Future[str]:
        """Make and start it, in our thread; the future gets its address, or the error."""
        ready: Future[str] = Future()
        self._order(lambda: self._begin(name, make, ready))
        return ready

    def end(self, name: str) -> None:
        """Stop one for good; returns when it is gone."""
        done = threading.Event()

        def end() -> None:
            self._end([part for part in self._parts if part.name == name])
            done.set()

        self._order(end)
        done.wait()

    def stop(self) -> None:
        """Stop all in reverse order of their start; returns when they are gone. The guard is over then."""
        if not self._is_over:
            self._order(self._finish)
            self._thread.join()
            os.close(self._bell)

    def _order(self, what: Callable[[], None]) -> None:
        self._orders.put(what)
        os.eventfd_write(self._bell, 1)

    def _run(self) -> None:
        while not self._is_over:
            for descriptor in self._wait():
                if descriptor == self._bell:
                    os.eventfd_read(self._bell)
                else:
                    self._died(descriptor)
            while not self._orders.empty():
                self._orders.get()()
            self._revive()

    def _wait(self) -> list[int]:
        poll = select.poll()
        poll.register(self._bell, select.POLLIN)
        for part in self._parts:
            if part.descriptor >= 0:
                poll.register(part.descriptor, select.POLLIN)
        due = [part.retry_at for part in self._parts if part.retry_at is not None]
        patience_ms = max(0.0, min(due) - time.monotonic()) * 1000 if due else None
        return [descriptor for descriptor, _ in poll.poll(patience_ms)]

    def _begin(self, name: str, make: Callable[[], Server], ready: Future[str]) -> None:
        try:
            part = _Part(name, make())
            address = part.server.start()
        except Exception as error:  # noqa: BLE001 (whatever it is, it is told to who asked for the server)
            ready.set_exception(error)
            return
        self._watch(part)
        self._parts.append(part)
        ready.set_result(address)

    def _watch(self, part: _Part) -> None:
        assert part.server.process is not None
        part.descriptor = os.pidfd_open(part.server.process.pid)
        part.started_at = time.monotonic()
        part.retry_at = None

    def _died(self, descriptor: int) -> None:
        part = next(part for part in self._parts if part.descriptor == descriptor)
        self._forget(part)
        part.server.stop()
        has_lived = time.monotonic() - part.started_at > _LIVED_LONG_S
        part.deaths = 1 if has_lived else part.deaths + 1
        self._retry_later(part)
        self._tell(f"{part.name} ended unexpectedly; starting it again")

    def _retry_later(self, part: _Part) -> None:
        pause_s = min(_LAST_RETRY_S, _FIRST_RETRY_S * 2**part.deaths)
        part.retry_at = time.monotonic() + pause_s

    def _revive(self) -> None:
        for part in self._parts:
            if part.retry_at is None or part.retry_at > time.monotonic():
                continue
            try:
                part.server.start()
            except StartError as error:
                part.deaths += 1
                self._retry_later(part)
                self._tell(f"{part.name} does not start: {error}")
            else:
                self._watch(part)
                self._tell(f"{part.name} runs again")

    def _finish(self) -> None:
        self._end(list(reversed(self._parts)))
        self._is_over = True

    def _end(self, parts: list[_Part]) -> None:
        for part in parts:
            self._forget(part)
            self._parts.remove(part)
            try:
                part.server.stop()
            except OSError:
                _log.exception("%s could not be stopped", part.name)

    def _forget(self, part: _Part) -> None:
        if part.descriptor >= 0:
            os.close(part.descriptor)
            part.descriptor = -1
