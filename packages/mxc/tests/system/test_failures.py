"""Machines and servers fail under us; nothing runs twice, nothing is lost."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mxc.testing.system import System, until

IMPATIENT = {"MXC_HEARTBEAT_S": "0.3", "MXC_NODE_SUSPECT_S": "1", "MXC_NODE_UNAVAILABLE_S": "2"}


@pytest.fixture
def impatient(home: Path) -> Iterator[System]:
    """A coordinator that gives a silent node up after two seconds, with an agent of its own process."""
    with System(home, **IMPATIENT, MXC_AGENT_STOPS_WORKLOADS="false", MXC_UI_ENABLED="false") as system:
        until(lambda: system.get("/cluster/status")["nodes_healthy"] == 1, 20)
        yield system


def run(system: System, mark: str) -> str:
    """Start a process that can be recognised among all of the machine's by `mark`."""
    body = {"type": "process", "command": "sh", "args": ["-c", f": {mark}; while :; do sleep 0.2; done"], "cpu": 0.1,
            "memory_mb": 32, "backoff_s": 0.1}  # fmt: skip
    made = system.call("POST", "/workloads", body)
    assert made.status == 201, made
    return str(made.data["id"])


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


def test_an_agent_that_stays_away_loses_its_workload_to_a_new_generation(
    impatient: System, home: Path
) -> None:
    mark = f"mark-{home.parent.name}-lost"
    workload = run(impatient, mark)
    until(lambda: status(impatient, workload) == "running")
    agent = impatient.processes()["agent"]
    agent.send_signal(signal.SIGSTOP)
    try:
        until(lambda: status(impatient, workload) in ("failed", "pending"), 15)
        events = impatient.get(f"/workloads/{workload}/events")
        assert any(event["reason"] == "node-lost" for event in events), events
        assert impatient.get("/nodes")[0]["status"] == "unavailable"
    finally:
        agent.send_signal(signal.SIGCONT)
    until(lambda: status(impatient, workload) == "running", 20)
    assert impatient.get(f"/workloads/{workload}")["generation"] == 2
    until(lambda: len(alive(mark)) == 1, 15, "one process of the new generation")


def test_an_agent_that_is_killed_finds_its_process_again(impatient: System, home: Path) -> None:
    mark = f"mark-{home.parent.name}-adopted"
    workload = run(impatient, mark)
    until(lambda: status(impatient, workload) == "running")
    until(lambda: len(alive(mark)) == 1)
    impatient.kill("agent")
    until(lambda: "the agent runs again" in impatient.printed)
    until(lambda: impatient.get("/cluster/status")["nodes_healthy"] == 1, 20)
    until(lambda: status(impatient, workload) == "running", 20)
    until(lambda: len(alive(mark)) == 1, 15, "one process")
    impatient.call("POST", f"/workloads/{workload}/stop")
    until(lambda: status(impatient, workload) == "stopped", 20)
    assert alive(mark) == []


@pytest.mark.parametrize("name", ["postgres", "nats-server"])
def test_a_server_restarted_under_us_loses_nothing(impatient: System, home: Path, name: str) -> None:
    marks = [f"mark-{home.parent.name}-{number}" for number in range(2)]
    before = run(impatient, marks[0])
    until(lambda: status(impatient, before) == "running")
    impatient.kill(name)
    until(lambda: "runs again" in impatient.printed, 20)
    until(lambda: impatient.call("GET", "/workloads").status == 200, 20)
    until(lambda: impatient.get("/cluster/status")["nodes_healthy"] == 1, 20)
    after = until(lambda: run_if_possible(impatient, marks[1]), 20)
    until(lambda: status(impatient, after) == "running", 20)
    until(lambda: status(impatient, before) == "running", 20)
    assert [len(alive(mark)) for mark in marks] == [1, 1]


def run_if_possible(system: System, mark: str) -> str:
    body = {"type": "process", "command": "sh", "args": ["-c", f": {mark}; while :; do sleep 0.2; done"], "cpu": 0.1,
            "memory_mb": 32}  # fmt: skip
    made = system.call("POST", "/workloads", body)
    return str(made.data["id"]) if made.status == 201 else ""


def test_everything_is_killed_and_the_workload_is_still_one(home: Path) -> None:
    mark = f"mark-{home.parent.name}-all"
    settings = {**IMPATIENT, "MXC_AGENT_STOPS_WORKLOADS": "false", "MXC_UI_ENABLED": "false"}
    with System(home, **settings) as system:
        until(lambda: system.get("/cluster/status")["nodes_healthy"] == 1, 20)
        workload = run(system, mark)
        until(lambda: status(system, workload) == "running")
        for process in system.processes().values():
            os.kill(process.pid, signal.SIGKILL)
    with System(home, **settings) as again:
        until(lambda: again.get("/cluster/status")["nodes_healthy"] == 1, 20)
        until(lambda: status(again, workload) == "running", 30)
        until(lambda: len(alive(mark)) == 1, 15, "one process")
        again.call("DELETE", f"/workloads/{workload}")
        until(lambda: again.call("GET", f"/workloads/{workload}").status == 404, 20)
    assert alive(mark) == []


def test_ctrl_c_ends_the_workloads_too(home: Path) -> None:
    mark = f"mark-{home.parent.name}-end"
    with System(home, MXC_UI_ENABLED="false") as system:
        until(lambda: system.get("/cluster/status")["nodes_healthy"] == 1, 20)
        workload = run(system, mark)
        until(lambda: status(system, workload) == "running")
        until(lambda: len(alive(mark)) == 1)
        assert system.stop() == 0, system.printed
    assert alive(mark) == []
