"""What it costs to explain, to refuse, to repair and to group, in CPU time against the size of a fleet. Run:
python benchmarks/bench_explain.py [nodes …]"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice

from fleet import START, fleet

from datalox import ANY, Session
from datalox.explain.blockers import blockers

OPERATOR = ("~workload_resources", "-workload_placement", "~node")


def microseconds(question: Callable[[int], object], rounds: int = 300) -> tuple[float, float]:
    """(median, 99th percentile) of one question, warm."""
    for number in range(10):
        question(number)
    times = []
    for number in range(rounds):
        begin = time.thread_time()
        question(number)
        times.append(time.thread_time() - begin)
    times.sort()
    return times[rounds // 2] * 1e6, times[int(rounds * 0.99)] * 1e6


def busy_fleet(nodes: int) -> Session:
    """Three workloads run on each node; every seventh node is cordoned or draining, every eleventh silent.
    p1 asks for more than is free anywhere, p2 may not be beside some others."""
    db = fleet(nodes, running=3 * nodes)
    with db.transaction() as tx:
        tx.replace("workload_resources", "p1", ("p1", 1, 64_900))
        for number in range(0, nodes, 7):
            status = "cordoned" if number % 2 else "draining"
            tx.replace("node", f"n{number}", (f"n{number}", f"h-n{number}", status))
        for number in range(0, nodes, 11):
            tx.replace("node_heartbeat", f"n{number}", (f"n{number}", START - 100))
        for workload in ("p2", *(f"r{number}" for number in range(1, 20))):
            tx.assert_("workload_constraint", workload, "group", "g")
    return db


def report(nodes: int) -> Iterator[tuple[str, tuple[float, float]]]:
    db = busy_fleet(nodes)
    healthy = [f"n{number}" for number in range(1, nodes) if number % 7 and number % 11]

    def node(number: int) -> str:
        return healthy[number % len(healthy)]

    yield "explain", microseconds(lambda n: db.explain("can_place", "p3", node(n)))
    yield "ten proofs", microseconds(lambda n: list(islice(db.proofs("can_place", "p3", node(n)), 10)), 100)
    yield "why not, no repairs", microseconds(lambda n: db.why_not("can_place", "p1", node(n), repairs=0))
    yield "why not, one repair", microseconds(lambda n: db.why_not("can_place", "p1", node(n), repairs=1))
    yield (
        "why not, an operator's three repairs",
        microseconds(lambda n: db.why_not("can_place", "p1", node(n), repairs=3, changeable=OPERATOR)),
    )
    yield "why not, five repairs of anything", microseconds(lambda n: db.why_not("can_place", "p1", node(n)))
    yield "blockers", microseconds(lambda n: blockers(db._engine, "can_place", ("p1", node(n))))
    yield (
        "why not anywhere, grouped",
        microseconds(lambda _: db.why_not("can_place", "p1", ANY, repairs=0, every=True), 10),
    )
    yield (
        "why not anywhere, grouped, with repairs",
        microseconds(lambda _: db.why_not("can_place", "p1", ANY, changeable=OPERATOR, every=True), 10),
    )


if __name__ == "__main__":
    for size in [int(argument) for argument in sys.argv[1:]] or [1000, 10_000]:
        for what, (median, slow) in report(size):
            print(f"{what}, {size} nodes: {median:.0f} us, p99 {slow:.0f} us", flush=True)
