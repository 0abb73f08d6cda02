"""Machines and servers fail under us; nothing runs twice, nothing is lost."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mxc.testing.system import System, until

QUIET = {"MXC_AGENT_STOPS_WORKLOADS": "false", "MXC_UI_ENABLED": "false", "MXC_HEARTBEAT_S": "0.5"}
IMPATIENT = {**QUIET, "MXC_NODE_SUSPECT_S": "1", "MXC_NODE_UNAVAILABLE_S": "2"}


def has_node(system: System) -> bool:
    return bool(system.get("/cluster/status")["nodes_healthy"] == 1)


@pytest.fixture
def quiet(home: Path) -> Iterator[System]:
    """A system without pages, whose workloads outlive their agent."""
    with System(home, **QUIET) as system:
        until(lambda: has_node(system), 20)
        yield system
        for workload in system.get("/workloads"):
            system.call("DELETE", f"/workloads/{workload['id']}")
        until(lambda: system.get("/workloads") == [], 30)


def run(system: System, mark: str) -> str:
    """Start a process that can be recognised among all of the machine's by `mark`; "" when refused."""
    made = system.call("POST", "/workloads", {
        "type": "process", "command": "sh", "args": ["-c", f": {mark}; while :; do sleep 0.2; done"],
        "cpu": 0.1, "memory_mb": 32, "backoff_s": 0.1,
    })  # fmt: skip
    return str(made.data["id"]) if made.status == 201 else ""


def status(system: System, workload: str) -> str:
    return str(system.get(f"/workloads/{workload}")["status"])


def alive(mark: str) -> list[int]:
    """Processes whose command line has the mark, ours to wait for children aside."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if any(f": {mark};" in part for part in process.info["cmdline"] or [])
        and process.info["cmdline"][0].endswith("sh")
    ]


def test_a_lost_nodes_workload_runs_again_as_a_new_generation(home: Path) -> None:
    mark = f"mark-{home.parent.name}-lost"
    with System(home, **IMPATIENT) as system:
        until(lambda: has_node(system), 20)
        workload = run(system, mark)
        until(lambda: status(system, workload) == "running")
        agent = system.processes()["agent"]
        agent.send_signal(signal.SIGSTOP)
        try:
            until(lambda: status(system, workload) in ("failed", "pending"), 15)
            events = system.get(f"/workloads/{workload}/events")
            assert any(event["reason"] == "node-lost" for event in events), events
            assert system.get("/nodes")[0]["status"] == "unavailable"
        finally:
            agent.send_signal(signal.SIGCONT)
        until(lambda: status(system, workload) == "running", 20)
        assert system.get(f"/workloads/{workload}")["generation"] >= 2
        until(lambda: len(alive(mark)) == 1, 15, "one process, of the new generation")
        system.call("DELETE", f"/workloads/{workload}")
        until(lambda: alive(mark) == [], 20)


def test_an_agent_that_is_killed_finds_its_process_again(quiet: System, home: Path) -> None:
    mark = f"mark-{home.parent.name}-adopted"
    workload = run(quiet, mark)
    until(lambda: status(quiet, workload) == "running")
    until(lambda: len(alive(mark)) == 1)
    quiet.kill("agent")
    until(lambda: "the agent runs again" in quiet.printed)
    until(lambda: has_node(quiet), 20)
    until(lambda: status(quiet, workload) == "running", 20)
    until(lambda: len(alive(mark)) == 1, 15, "one process")
    quiet.call("POST", f"/workloads/{workload}/stop")
    until(lambda: status(quiet, workload) == "stopped", 20)
    assert alive(mark) == []


@pytest.mark.parametrize("name", ["postgres", "nats-server"])
def test_a_server_restarted_under_us_loses_nothing(quiet: System, home: Path, name: str) -> None:
    marks = [f"mark-{home.parent.name}-{number}" for number in range(2)]
    before = run(quiet, marks[0])
    until(lambda: status(quiet, before) == "running")
    quiet.kill(name)
    until(lambda: "runs again" in quiet.printed, 20)
    until(lambda: quiet.call("GET", "/workloads").status == 200, 20)
    until(lambda: has_node(quiet), 20)
    after = until(lambda: run(quiet, marks[1]), 20)
    until(lambda: status(quiet, after) == "running", 20)
    until(lambda: status(quiet, before) == "running", 20)
    assert [len(alive(mark)) for mark in marks] == [1, 1]


def test_everything_is_killed_and_the_workload_is_still_one(home: Path) -> None:
    mark = f"mark-{home.parent.name}-all"
    with System(home, **QUIET) as system:
        until(lambda: has_node(system), 20)
        workload = run(system, mark)
        until(lambda: status(system, workload) == "running")
        for process in system.processes().values():
            os.kill(process.pid, signal.SIGKILL)
    with System(home, **QUIET) as again:
        until(lambda: has_node(again), 20)
        until(lambda: status(again, workload) == "running", 30)
        until(lambda: len(alive(mark)) == 1, 15, "one process")
        again.call("DELETE", f"/workloads/{workload}")
        until(lambda: again.call("GET", f"/workloads/{workload}").status == 404, 20)
    assert alive(mark) == []


def test_ctrl_c_ends_the_workloads_too(home: Path) -> None:
    mark = f"mark-{home.parent.name}-end"
    with System(home, MXC_UI_ENABLED="false") as system:
        until(lambda: has_node(system), 20)
        workload = run(system, mark)
        until(lambda: status(system, workload) == "running")
        until(lambda: len(alive(mark)) == 1)
        assert system.stop() == 0, system.printed
    assert alive(mark) == []
