"""What it costs to decide where workloads go, decisions committed, against the size of the fleet. CPU time.
Run: python benchmarks/bench_placement.py [nodes …]"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from fleet import fleet

from datalox import ANY, Session

Fact = tuple[str, tuple[Any, ...]]
Request = list[Fact]
"""The facts of one workload that waits."""

DECISIONS = 2000


def varied(nodes: int) -> Session:
    """A fleet in four zones, of large machines with many cores or much memory; a third has an ssd, one in 500
    a gpu, and two workloads run on each."""
    db = fleet(nodes, pending=0, running=2 * nodes)
    names = [f"n{number}" for number in range(nodes)]
    with db.transaction() as tx:
        for number, name in enumerate(names):
            size = (name, 64, 65536) if number % 2 else (name, 16, 262144)
            tx.replace("node_resources", name, size)
        tx.assert_all("node_capability", ((name, "zone", f"z{n % 4}") for n, name in enumerate(names)))
        tx.assert_all("node_capability", ((name, "disk", "ssd") for name in names[::3]))
        tx.assert_all("node_capability", ((name, "gpu", "a100") for name in names[::500]))
    return db


def request(name: str, cpu: float, memory: int, *constraints: tuple[str, Any]) -> Request:
    return [
        ("workload", (name, "process", "pending")),
        ("workload_resources", (name, cpu, memory)),
        *(("workload_constraint", (name, *constraint)) for constraint in constraints),
    ]


def simple(source: random.Random, name: str) -> Request:
    return request(name, 1, 512)


def sized(source: random.Random, name: str) -> Request:
    return request(name, source.choice((0.25, 0.5, 1, 2)), source.choice((128, 512, 2048)))


def apart(source: random.Random, name: str) -> Request:
    """Not beside another of its group of about 30."""
    return request(name, 0.5, 512, ("group", f"g{source.randrange(DECISIONS // 30)}"))


def capable(source: random.Random, name: str) -> Request:
    """A zone, or a zone and a disk, or a disk and not beside its group."""
    zone, disk = ("zone", f"z{source.randrange(4)}"), ("disk", "ssd")
    wanted = source.choice(((zone,), (zone, disk), (disk, ("group", f"h{source.randrange(60)}"))))
    return request(name, 0.5, 512, *wanted)


def rare(source: random.Random, name: str) -> Request:
    return request(name, 0.1, 64, ("gpu", "a100"))


def too_large(source: random.Random, name: str) -> Request:
    return request(name, 65 + source.randrange(9), 512)


def too_large_together(source: random.Random, name: str) -> Request:
    """Half of the nodes have the cores, the others the memory."""
    return request(name, 20 + source.randrange(20), 100_000 + 1000 * source.randrange(50))


def unheard_of(source: random.Random, name: str) -> Request:
    return request(name, 1, 512, ("zone", "z0"), ("gpu", f"h{source.randrange(100)}"))


Kind = Callable[[random.Random, str], Request]
NOTHING_FITS: Sequence[Kind] = (too_large, too_large_together, unheard_of)
MIXED: Sequence[Kind] = (
    *(sized,) * 8, *(apart,) * 5, *(capable,) * 5, rare, *NOTHING_FITS,
)  # fmt: skip


def ask(db: Session, kinds: Sequence[Kind], seed: int) -> list[str]:
    """Workloads that wait, by name."""
    source = random.Random(seed)
    names = [f"p{seed}-{number}" for number in range(DECISIONS)]
    facts = [fact for name in names for fact in source.choice(kinds)(source, name)]
    with db.transaction() as tx:
        for predicate in ("workload", "workload_resources", "workload_constraint"):
            tx.assert_all(predicate, (row for name, row in facts if name == predicate))
    return names


def decide(db: Session, names: Sequence[str], order: str) -> tuple[list[float], int]:
    """Seconds per workload, choice and commit together, and how many found a place."""
    spent, placed = [], 0
    for name in names:
        begin = time.thread_time()
        with db.transaction() as tx:
            found = tx.best("placement_candidate", name, ANY, ANY, ANY, order=order, limit=1)
            if found:
                tx.assert_("workload_placement", name, found[0][1])
        spent.append(time.thread_time() - begin)
        placed += bool(found)
    return spent, placed


def report(nodes: int) -> Iterator[str]:
    db = fleet(nodes, pending=0)
    decide(db, ask(db, (simple,), 1)[:200], "roomiest")
    spent, _ = decide(db, ask(db, (simple,), 2), "roomiest")
    yield line("simple", nodes, spent)
    db = varied(nodes)
    for order in ("roomiest", "fullest"):
        decide(db, ask(db, MIXED, 3)[:200], order)
        spent, placed = decide(db, ask(db, MIXED, 4), order)
        yield f"{line(f'mixed, {order} first', nodes, spent)}, {placed} of {len(spent)} placed"
    for kind in NOTHING_FITS:
        spent, placed = decide(db, ask(db, (kind,), 5), "roomiest")
        assert not placed
        yield line(f"nothing fits: {kind.__name__.replace('_', ' ')}", nodes, spent)


def line(title: str, nodes: int, spent: Sequence[float]) -> str:
    middle, high = statistics.median(spent) * 1e6, statistics.quantiles(spent, n=100)[98] * 1e6
    rate = len(spent) / sum(spent)
    return f"{title}, {nodes} nodes: {rate:,.0f}/s, median {middle:.0f} us, p99 {high:.0f} us"


if __name__ == "__main__":
    for size in [int(size) for size in sys.argv[1:]] or [1000, 5000, 10_000, 100_000]:
        for text in report(size):
            print(text, flush=True)
