"""pytest fixtures: a real nats-server in operator mode, and a bus of its own for each test."""

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mxc.server.embedded.nats import Nats
from mxc.server.kernel.bus import Authority, Bus


@dataclass(frozen=True, slots=True)
class NatsServer:
    """A running server with the keys it trusts."""

    url: str
    authority: Authority
    process: Nats

    def restart(self) -> None:
        """Stop it and start it again on the same port and data."""
        self.process.stop()
        self.process.start(int(time.time()))


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """One server for the whole session. Tests keep apart by tenants of their own; don't restart this one."""
    yield from _served(tmp_path_factory.mktemp("nats"))


@pytest.fixture
def own_nats_server(tmp_path: Path) -> Iterator[NatsServer]:
    """A server for one test, which may restart or kill it."""
    yield from _served(tmp_path / "nats")


@pytest.fixture
async def bus(nats_server: NatsServer) -> AsyncIterator[Bus]:
    """The core's connection, with the tenant `default` provisioned."""
    made = await Bus.connect(nats_server.url, nats_server.authority, time.time)
    await made.provision("default")
    yield made
    await made.close()


def _served(home: Path) -> Iterator[NatsServer]:
    server = Nats(home)
    url = server.start(int(time.time()))
    try:
        yield NatsServer(url, Authority.open(home / "keys"), server)
    finally:
        server.stop()
