"""What the engine costs in CPU time (it is single-threaded), against the size of the fleet. Run:
python benchmarks/bench_engine.py [nodes …]"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator

from fleet import START, fleet

from datalox import ANY, Program, Session


def median_us(action: Callable[[int], object], rounds: int) -> float:
    """Median microseconds of one call, warm."""
    for number in range(min(50, rounds)):
        action(number)
    times = []
    for number in range(rounds):
        begin = time.thread_time()
        action(number + 50)
        times.append(time.thread_time() - begin)
    return statistics.median(times) * 1e6


def heartbeat(nodes: int) -> float:
    db = fleet(nodes)
    names = [f"n{number}" for number in range(nodes)]
    rows = [(name, (name, START + round_)) for round_ in range(1, 12) for name in names][:6000]

    def beat(number: int) -> None:
        key, row = rows[number]
        with db.transaction() as tx:
            tx.replace("node_heartbeat", key, row)
        assert "node_stale" not in tx.changes

    return median_us(beat, min(5000, len(rows) - 60))


def quiet_tick(nodes: int) -> float:
    db = fleet(nodes)

    def tick(number: int) -> None:
        with db.transaction(now=START + number / 1000):
            pass

    return median_us(tick, 3000)


def fifty_expire(nodes: int) -> float:
    db = fleet(nodes)
    times = []
    for number in range(10):
        with db.transaction() as tx:
            for node in range(nodes):
                tx.replace(
                    "node_heartbeat",
                    f"n{node}",
                    (f"n{node}", START + 1000 * number + (0 if node < 50 else 25)),
                )
            tx.set_now(START + 1000 * number + 29)
        del tx  # and with it the changes of the whole fleet, before the clock starts
        begin = time.thread_time()
        with db.transaction(now=START + 1000 * number + 31) as tx:
            pass
        times.append(time.thread_time() - begin)
        assert len(tx.changes["node_stale"].appeared) == 50
    return statistics.median(times) * 1e6


def place(nodes: int) -> float:
    """One placement: best candidates, decide, commit."""
    db = fleet(nodes, pending=200)

    def decide(number: int) -> None:
        with db.transaction() as tx:
            best = tx.best(
                "placement_candidate", f"p{number % 200}", ANY, ANY, ANY, order="roomiest", limit=1
            )
            tx.assert_("workload_placement", f"p{number % 200}", best[0][1])

    return median_us(decide, 20)


def load_rate(rows: int) -> float:
    """Facts a second into three relations that rules read."""
    db = fleet(0)
    nodes = [(f"n{number}", f"h{number}", "available") for number in range(rows)]
    beats = [(f"n{number}", START - number % 10) for number in range(rows)]
    sizes = [(f"n{number}", 16, 65536) for number in range(rows)]
    begin = time.thread_time()
    with db.transaction() as tx:
        tx.assert_all("node", nodes)
        tx.assert_all("node_heartbeat", beats)
        tx.assert_all("node_resources", sizes)
    return 3 * rows / (time.thread_time() - begin)


def plain_load_rate(rows: int) -> float:
    """Facts a second into relations with one join over them."""
    db = Session(
        Program.parse(".decl e(a: int, b: int)\n.decl f(a: int)\nj(X, Y) :- f(X), e(X, Y).", name="load")
    )
    pairs = [(number, number * 7 % rows) for number in range(rows)]
    begin = time.thread_time()
    with db.transaction() as tx:
        tx.assert_all("e", pairs)
    return rows / (time.thread_time() - begin)


def closure_ms(nodes: int, edges: int) -> tuple[float, float, float]:
    """Milliseconds: a closure from scratch, one edge in, the same edge out."""
    db = Session(
        Program.parse("path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), edge(Y, Z).", name="closure")
    )
    pairs = [(number * 7919 % nodes, (number * 104729 + 13) % nodes) for number in range(edges)]
    spent = []
    for part in (lambda tx: tx.assert_all("edge", pairs), lambda tx: tx.assert_("edge", 0, nodes),
                 lambda tx: tx.retract("edge", 0, nodes)):  # fmt: skip
        begin = time.thread_time()
        with db.transaction() as tx:
            part(tx)
        spent.append((time.thread_time() - begin) * 1e3)
    return spent[0], spent[1], spent[2]


def explain_us(nodes: int) -> tuple[float, float]:
    db = fleet(nodes, running=nodes)
    why = median_us(lambda n: db.explain("can_place", "p1", f"n{n % nodes}"), 200)
    with db.transaction() as tx:
        tx.replace("workload_resources", "p1", ("p1", 99, 512))
    return why, median_us(lambda n: db.why_not("can_place", "p1", f"n{n % nodes}"), 200)


def report(sizes: list[int]) -> Iterator[str]:
    for nodes in sizes:
        yield f"heartbeat, nothing follows, {nodes} nodes: {heartbeat(nodes):.1f} us"
        yield f"tick, nothing crosses, {nodes} nodes: {quiet_tick(nodes):.1f} us"
        yield f"50 of {nodes} nodes expire: {fifty_expire(nodes):.0f} us"
        yield f"place one of 200 on {nodes} nodes: {place(nodes):.0f} us"
        yield "explain / why-not on {} nodes: {:.0f} / {:.0f} us".format(nodes, *explain_us(nodes))
    yield f"load 3 x 100 000 facts under the fleet's rules: {load_rate(100_000) / 1e3:.0f} k facts/s"
    yield f"load 300 000 facts under one join: {plain_load_rate(300_000) / 1e3:.0f} k facts/s"
    yield "closure 500 x 1000, edge in, edge out: {:.0f} / {:.2f} / {:.0f} ms".format(*closure_ms(500, 1000))


if __name__ == "__main__":
    for line in report([int(size) for size in sys.argv[1:]] or [1000, 10_000]):
        print(line, flush=True)
