"""The whole system: cold and warm start, idle CPU, memory per process, time from create to running."""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil

from mxc.testing.system import System, until

IDLE_S = 30.0
CREATES = 30


def main() -> dict[str, float]:
    """Every figure by name; seconds, megabytes (2**20 bytes) or percent of one core."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="mxc-bench-") as home:
        Path(home).chmod(0o711)
        for kind in ("cold", "warm"):
            with running(Path(home)) as system:
                figures[f"{kind} start, s"] = system.started_in_s
                figures[f"{kind} start, coordinator CPU s"] = used(system.processes()["coordinator"])
        with running(Path(home)) as system:
            until(lambda: system.get("/cluster/status")["nodes_healthy"] == 1, 15)
            figures |= latency(system)
            figures |= idle(system)
            figures |= memory(system)
    return figures


def is_running(system: System, workload: str) -> bool:
    return bool(system.get(f"/workloads/{workload}")["status"] == "running")


@contextmanager
def running(home: Path) -> Iterator[System]:
    system = System(home)
    system.start()
    try:
        yield system
    finally:
        system.stop()


def latency(system: System) -> dict[str, float]:
    """From the POST to the agent's report that it runs, seen over the API; one after the other."""
    took = []
    for _ in range(CREATES):
        began = time.perf_counter()
        created = system.call(
            "POST",
            "/workloads",
            {"type": "process", "command": "sleep", "args": ["300"], "cpu": 0.1, "memory_mb": 16},
        ).data
        until(partial(is_running, system, created["id"]), 20)
        took.append((time.perf_counter() - began) * 1000)
        system.call("DELETE", f"/workloads/{created['id']}")
    return {
        "create to running p50, ms": statistics.median(took),
        "create to running p95, ms": statistics.quantiles(took, n=20)[18],
    }


def idle(system: System) -> dict[str, float]:
    """CPU of every process of the system (database sessions too) while nothing happens."""
    time.sleep(5)
    watched = families(system)
    before = cpu_seconds(watched)
    began = time.monotonic()
    time.sleep(IDLE_S)
    spent = {name: seconds - before[name] for name, seconds in cpu_seconds(watched).items()}
    elapsed = time.monotonic() - began
    figures = {f"idle CPU {name}, %": 100 * seconds / elapsed for name, seconds in spent.items()}
    return figures | {"idle CPU all, %": sum(figures.values())}


def cpu_seconds(watched: dict[str, list[psutil.Process]]) -> dict[str, float]:
    return {name: sum(used(each) for each in family) for name, family in watched.items()}


def used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def memory(system: System) -> dict[str, float]:
    """Proportional set size: shared pages are counted once over all."""
    sizes = {
        name: sum(each.memory_full_info().pss for each in family) / 2**20
        for name, family in families(system).items()
    }
    figures = {f"memory {name}, MB": size for name, size in sizes.items()}
    return figures | {"memory all, MB": sum(sizes.values())}


def families(system: System) -> dict[str, list[psutil.Process]]:
    """Each long-running process with its own children (database sessions)."""
    return {
        name: [process, *(process.children(recursive=True) if name == "postgres" else [])]
        for name, process in system.processes().items()
    }


if __name__ == "__main__":
    json.dump(main(), sys.stdout, indent=2)
