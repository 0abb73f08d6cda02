"""What must not grow with the fleet: CPU time of heartbeats, ticks, expiries and placements, with two
workloads on every node; and what a fact costs in memory and to load. Each size has a process of its own.
Run: python benchmarks/bench_hotpath.py [nodes …]"""

from __future__ import annotations

import gc
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from statistics import median
from typing import Any

from fleet import RULES, START

from datalox import Program, Session

CHUNK = 5_000
PAGE = 4096
Rows = Iterator[tuple[Any, ...]]


def rss() -> int:
    """Resident memory of this process in bytes."""
    with open("/proc/self/statm", encoding="ascii") as told:
        return int(told.read().split()[1]) * PAGE


def loop_us() -> float:
    """Microseconds of a thousand empty steps: how fast this machine is at the moment."""
    begin = time.thread_time()
    for _ in range(1_000_000):
        pass
    return (time.thread_time() - begin) * 1e3


def relations(nodes: int) -> Iterator[tuple[str, Rows]]:
    """12.5 facts a node: four or five of its own, and four of each of the two workloads on it."""
    running = 2 * nodes
    yield "node", ((f"n{n}", f"h{n}", "available") for n in range(nodes))
    yield "node_resources", ((f"n{n}", 64, 65536) for n in range(nodes))
    yield "node_heartbeat", ((f"n{n}", START - n % 10) for n in range(nodes))
    yield "node_capability", ((f"n{n}", "zone", f"z{n % 8}") for n in range(nodes))
    yield "node_capability", ((f"n{n}", "gpu", "a100") for n in range(0, nodes, 2))
    yield "workload", ((f"w{n}", "process", "running") for n in range(running))
    yield "workload_resources", ((f"w{n}", 1, 512) for n in range(running))
    yield "workload_placement", ((f"w{n}", f"n{n % nodes}") for n in range(running))
    yield "workload_constraint", ((f"w{n}", "zone", f"z{n % 8}") for n in range(running))


def chunks(rows: Rows) -> Iterator[list[tuple[Any, ...]]]:
    while part := list(islice(rows, CHUNK)):
        yield part


def loaded(nodes: int) -> tuple[Session, int, float]:
    """A fleet as it comes from a database, chunk by chunk: (session, facts, CPU seconds of the engine)."""
    db = Session(Program.parse(RULES, name="fleet.dl"))
    with db.transaction(now=START) as tx:
        tx.assert_("setting", "node_lease", 30)
        tx.assert_("setting", "node_suspect", 15)
        tx.assert_("core_started", START - 1000)
    facts, spent = 0, 0.0
    for name, rows in relations(nodes):
        for part in chunks(rows):
            facts += len(part)
            begin = time.thread_time()
            with db.transaction() as tx:
                tx.assert_all(name, part)
            spent += time.thread_time() - begin
    return db, facts, spent


def timed_us(action: Callable[[Any], object], inputs: Iterable[Any]) -> float:
    """Median CPU microseconds of one call, warm."""
    times = []
    for each in inputs:
        begin = time.thread_time()
        action(each)
        times.append(time.thread_time() - begin)
    return median(times[len(times) // 10 :]) * 1e6


def beats_us(db: Session, nodes: int, rounds: int = 5000) -> float:
    def beat(row: tuple[str, int]) -> None:
        with db.transaction() as tx:
            tx.replace("node_heartbeat", row[0], row)
        assert tx.changes.keys() == {"node_heartbeat"}

    step = 7919  # not in the order of loading: a fleet's heartbeats come from anywhere
    inputs = [(f"n{n * step % nodes}", START + 1 + n // nodes) for n in range(rounds)]
    return timed_us(beat, inputs)


def ticks_us(db: Session, rounds: int = 2000) -> float:
    def tick(now: float) -> None:
        with db.transaction(now=now):
            pass

    return timed_us(tick, [START + n / 10_000 for n in range(rounds)])


def placements_us(db: Session, nodes: int, rounds: int = 1000) -> float:
    """Committing placements that are decided already, with everything that follows from them."""
    with db.transaction() as tx:
        tx.assert_all("workload", ((f"p{n}", "process", "pending") for n in range(rounds)))
        tx.assert_all("workload_resources", ((f"p{n}", 1, 512) for n in range(rounds)))

    def place(number: int) -> None:
        with db.transaction() as tx:
            tx.assert_("workload_placement", f"p{number}", f"n{number * 7919 % nodes}")
        assert "node_resources_free" in tx.changes

    return timed_us(place, range(rounds))


def expiry_us(db: Session, nodes: int, rounds: int = 9) -> float:
    """50 nodes expire in one tick; the others were heard from."""
    times = []
    for number in range(1, rounds + 1):
        base = START + 1000 * number
        with db.transaction() as tx:
            tx.assert_all("node_heartbeat", ((f"n{n}", base + (0 if n < 50 else 25)) for n in range(nodes)))
            tx.set_now(base + 29)
        del tx  # and with it the changes of the whole fleet, before the clock starts
        begin = time.thread_time()
        with db.transaction(now=base + 31) as tx:
            pass
        times.append(time.thread_time() - begin)
        assert len(tx.changes["node_stale"].appeared) == 50
    return median(times) * 1e6


def measure(nodes: int) -> str:
    before = rss()
    db, facts, spent = loaded(nodes)
    gc.collect()
    held = rss() - before
    stored = sum(db.stats()["rows"].values())
    lines = [
        f"{nodes} nodes, {2 * nodes} workloads, {facts} facts asserted, {stored} rows held:",
        f"  loaded at {facts / spent / 1e3:.0f} k facts/s of CPU",
        f"  memory {held / 1e6:.0f} MB: {held / facts:.0f} B a fact asserted, {held / stored:.0f} a row held",
        f"  heartbeat from which nothing follows: {beats_us(db, nodes):.1f} us",
        f"  tick where nothing crosses: {ticks_us(db):.1f} us",
        f"  placement committed: {placements_us(db, nodes):.1f} us",
        f"  50 nodes expire: {expiry_us(db, nodes):.0f} us",
        f"  a thousand empty steps of a loop meanwhile: {loop_us():.0f} us",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sizes = [int(size) for size in sys.argv[1:]] or [1000, 10_000, 100_000]
    for size in sizes:
        with multiprocessing.get_context("spawn").Pool(1) as fresh:
            print(fresh.apply(measure, (size,)), flush=True)
