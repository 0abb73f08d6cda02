"""Two coordinators over one database: one leads, the other takes over, and a late writer is refused."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mxc.testing.nats import NatsServer
from mxc.testing.system import System, until


@pytest.fixture
def pair(home: Path, dsn: str, own_nats_server: NatsServer) -> Iterator[tuple[System, System]]:
    shared = {
        "DATABASE_URL": dsn,
        "NATS_URL": own_nats_server.url,
        "MXC_NATS_KEYS": str(own_nats_server.authority.directory),
        "SECRET_KEY_BASE": "k" * 40,
        "MXC_UI_ENABLED": "false",
    }
    home.mkdir()
    first = System(home / "first", verb="coordinator", **shared)
    second = System(home / "second", verb="coordinator", **shared)
    try:
        first.start()
        second.start(until="standing by: another coordinator leads")
        yield first, second
    finally:
        first.stop(signal.SIGTERM)
        second.stop(signal.SIGTERM)


def take_over(second: System, within_s: float) -> float:
    """Waits until the second leads; seconds it took."""
    began = time.monotonic()
    second.url = second.wait_for_line("mxc is ready: ", within_s).split()[0]
    return time.monotonic() - began


def test_the_second_takes_over_when_the_first_is_killed(pair: tuple[System, System]) -> None:
    first, second = pair
    created = first.call("POST", "/workloads", {"type": "process", "command": "true"}).data
    first.process.kill()
    assert take_over(second, 15.0) <= 15.0
    assert second.get(f"/workloads/{created['id']}")["status"] == "pending"
    assert second.call("POST", "/workloads", {"type": "process", "command": "true"}).status == 201


def test_the_second_need_not_wait_when_the_first_leaves(pair: tuple[System, System]) -> None:
    first, second = pair
    first.process.send_signal(signal.SIGTERM)
    assert take_over(second, 15.0) <= 5.0


def test_a_coordinator_that_froze_writes_nothing_when_it_wakes(pair: tuple[System, System]) -> None:
    first, second = pair
    token = json.loads((first.home / "cli.json").read_text())["token"]
    first.process.send_signal(signal.SIGSTOP)
    try:
        take_over(second, 20.0)
    finally:
        first.process.send_signal(signal.SIGCONT)
    late = until(lambda: first.call("POST", "/workloads", {"type": "process", "command": "late"}), 10)
    assert late.status == 503, late
    assert first.token == token
    commands = [workload["command"] for workload in second.get("/workloads")]
    assert "late" not in commands
    assert first.wait_for_line("stopped leading", 10) is not None
