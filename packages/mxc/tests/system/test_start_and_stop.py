"""From nothing to ready, and back to nothing, whatever happens to whichever process."""

import os
import signal
import socket
from pathlib import Path

import pytest
from packages.mxc.tests.system.conftest import left_over

from mxc.testing.system import System, until


def test_a_first_start_says_how_to_get_in_and_a_second_finds_everything(home: Path) -> None:
    with System(home) as system:
        token = system.token
        until(lambda: "the command line's token is in" in system.printed)
        assert system.printed.count("sign in as admin@localhost with the password") == 1
        assert (home / "cli.json").stat().st_mode & 0o077 == 0
        until(lambda: system.get("/cluster/status")["node_count"] == 1)
        assert system.stop() == 0, system.printed

    with System(home) as again:
        assert again.token == token
        assert again.get("/cluster/status")["node_count"] == 1
        assert "password" not in again.printed
        assert again.stop(signal.SIGTERM) == 0, again.printed


@pytest.mark.parametrize("moment", ["mxc starts from", "PostgreSQL runs", "NATS runs"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_told_to_end_while_it_starts_it_ends_in_order(home: Path, moment: str, how: signal.Signals) -> None:
    system = System(home)
    system.start(until=moment)
    assert system.stop(how) == 0, system.printed
    assert "Traceback" not in system.printed
    assert not left_over(home), "processes outlived the system"


@pytest.mark.parametrize("name", ["postgres", "nats-server", "agent"])
def test_a_child_that_is_killed_is_started_again(system: System, name: str) -> None:
    until(lambda: set(system.processes()) == {"coordinator", "postgres", "nats-server", "agent"})
    until(lambda: system.get("/cluster/status")["nodes_healthy"] == 1, 20)
    killed = system.kill(name)
    until(lambda: (again := system.processes().get(name)) is not None and again.pid != killed, 15)
    until(lambda: system.call("GET", "/cluster/status").status == 200, 20)
    assert system.call("POST", "/workloads", {"type": "process", "command": "true"}).status == 201


def test_nothing_outlives_a_coordinator_that_is_killed_and_the_next_start_recovers(home: Path) -> None:
    system = System(home)
    system.start()
    until(lambda: len(system.processes()) == 4)
    others = [process for name, process in system.processes().items() if name != "coordinator"]
    created = system.call(
        "POST", "/workloads", {"type": "process", "command": "sleep", "args": ["1000"]}
    ).data
    os.kill(system.process.pid, signal.SIGKILL)
    until(lambda: not any(process.is_running() for process in others), 20, "orphans are gone")
    system.stop()

    again = System(home)
    again.start()
    assert again.get(f"/workloads/{created['id']}")["command"] == "sleep"
    assert again.stop() == 0, again.printed


def test_everything_is_killed_at_once_and_starts_again(home: Path) -> None:
    with System(home) as system:
        until(lambda: len(system.processes()) == 4)
        for process in system.processes().values():
            process.kill()
    with System(home) as again:
        assert again.get("/cluster/status")["node_count"] <= 1
        assert again.stop() == 0, again.printed


def test_a_second_start_in_the_same_home_is_refused(system: System, home: Path) -> None:
    second = System(home)
    second.start(until="mxc: mxc already runs from")
    assert second.process.wait(10) == 1
    second.stop()
    assert system.get("/nodes") is not None


def test_a_port_that_is_taken_is_named(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        system = System(home, PORT=str(port))
        system.start(until=f"mxc: Cannot listen on 127.0.0.1 port {port}")
        assert system.process.wait(20) == 1
        system.stop()
    assert "Set PORT to another one" in system.printed


@pytest.mark.parametrize(
    ("variable", "text", "told"),
    [
        ("MXC_SCHEDULER_STRATEGY", "best", "'spread', 'pack' or 'random'"),
        ("MXC_MODE", "everything", "'standalone', 'coordinator' or 'agent'"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none", "PostgreSQL cannot be used"),
        ("NATS_URL", "nats://127.0.0.1:1", "No NATS server answers at nats://127.0.0.1:1"),
    ],
)
def test_what_cannot_work_is_refused_in_words(home: Path, variable: str, text: str, told: str) -> None:
    system = System(home, **{variable: text})
    system.start(until="mxc: ")
    assert system.process.wait(30) == 1
    system.stop()
    assert told in system.printed
    assert "Traceback" not in system.printed


def test_a_coordinator_alone_has_no_agent(home: Path) -> None:
    with System(home, verb="coordinator", MXC_UI_ENABLED="false") as system:
        assert set(system.processes()) == {"coordinator", "postgres", "nats-server"}
        assert system.get("/nodes") == []
        assert system.stop() == 0, system.printed
