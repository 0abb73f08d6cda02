"""The servers that `mxc up` brings along, PostgreSQL, NATS, an agent: guarded, told about, ended in order."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from importlib import import_module
from typing import Any

from mxc.server.embedded.guard import Guard, Server
from mxc.server.embedded.postgres import Postgres
from mxc.server.embedded.program import Program
from mxc.server.home import Home

# The agent first tells us that its workloads end, then ends them.
_AGENT_GRACE_S = 20.0


class Servers:
    """Each `start_…` returns at once; the address is in the future of that name when it is ready."""

    def __init__(self, home: Home, tell: Callable[[str], None], unix: Callable[[], float]) -> None:
        self.database: Future[str] | None = None
        self.bus: Future[str] | None = None
        self._home = home
        self._tell = tell
        self._unix = unix
        self._guard = Guard(tell)

    def start_database(self) -> None:
        """Our own PostgreSQL; `database` will hold its DSN."""
        self.database = self._guard.add(
            "PostgreSQL", lambda: _Announced(Postgres(self._home.postgres), "PostgreSQL", self._tell)
        )

    def start_bus(self, port: int) -> None:
        """Our own nats-server; `bus` will hold its URL."""

        def make() -> Server:
            # Its keys need modules that take long: by now the main thread has most of them.
            launcher: Any = import_module("mxc.server.embedded.nats")
            return _Announced(launcher.Nats(self._home.nats, port), "NATS", self._tell, int(self._unix()))

        self.bus = self._guard.add("NATS", make)

    def start_agent(self, environment: Mapping[str, str]) -> Future[str]:
        """An agent on this machine; `environment` is all it gets, secrets included."""
        argv = [sys.executable, "-m", "mxc.agent"]
        log = self._home.logs / "agent.log"
        return self._guard.add("the agent", lambda: Program(argv, log, environment, _AGENT_GRACE_S))

    def stop_agent(self) -> None:
        """End the agent while we can still hear what it has to say."""
        self._guard.end("the agent")

    def stop(self) -> None:
        """End all that still runs."""
        self._guard.stop()


class _Announced:
    """A server whose start is told, with how long it took."""

    def __init__(self, server: Any, name: str, tell: Callable[[str], None], *start_arguments: object) -> None:
        self._server = server
        self._name = name
        self._tell = tell
        self._start_arguments = start_arguments

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        found: subprocess.Popen[bytes] | None = self._server.process
        return found

    def start(self) -> str:
        began = time.monotonic()
        address: str = self._server.start(*self._start_arguments)
        self._tell(f"{self._name} runs on port {self._server.port} ({time.monotonic() - began:.1f} s)")
        return address

    def stop(self) -> None:
        self._server.stop()
