"""Every goal of the engine, measured once: the figure, the goal, whether it is met. CPU time; about three
minutes. Run: python benchmarks/bench_goals.py, or `make bench ARGS=goals`."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from statistics import median

import bench_closure
import bench_engine
import bench_explain
import bench_hotpath
import bench_placement
import bench_recursion
import bench_whatif
from peer_work import random_graph

Figure = tuple[str, float, str, float]
"""(what, figure, unit, goal); of rates and only of them (unit `/s`) more is better"""
SMALL, MIDDLE, LARGE = 1_000, 10_000, 100_000


def fleet_of(nodes: int, beat_goal: float) -> Iterator[Figure]:
    before = bench_hotpath.rss()
    db, facts, spent = bench_hotpath.loaded(nodes)
    gc.collect()
    held = (bench_hotpath.rss() - before) / 1e6
    yield f"heartbeat, nothing follows, {nodes} nodes", bench_hotpath.beats_us(db, nodes), "us", beat_goal
    yield f"tick, nothing crosses, {nodes} nodes", bench_hotpath.ticks_us(db), "us", 5
    placing = bench_hotpath.placements_us(db, nodes)
    yield f"a placement committed, with its changes, {nodes} nodes", placing, "us", 40
    yield f"50 of {nodes} nodes expire", bench_hotpath.expiry_us(db, nodes), "us", 800
    yield f"load by 5 000 rows under the fleet's rules, {nodes} nodes", facts / spent, "/s", 700_000
    if nodes == LARGE:
        yield f"memory, {nodes} nodes", held, "MB", 400


def small_fleet() -> Iterator[Figure]:
    yield from fleet_of(SMALL, 5)


def large_fleet() -> Iterator[Figure]:
    yield from fleet_of(LARGE, 10)


def decisions(nodes: int, simple: bool) -> Iterator[Figure]:
    decide, ask = bench_placement.decide, bench_placement.ask
    if simple:
        db = bench_placement.fleet(nodes, pending=0)
        decide(db, ask(db, (bench_placement.simple,), 1)[:200], "roomiest")
        spent, _ = decide(db, ask(db, (bench_placement.simple,), 2), "roomiest")
        yield f"placements, all alike, {nodes} nodes", len(spent) / sum(spent), "/s", 15_000
    db = bench_placement.varied(nodes)
    for order, title in (("roomiest", "emptiest"), ("fullest", "fullest")):
        decide(db, ask(db, bench_placement.MIXED, 3)[:200], order)
        spent, _ = decide(db, ask(db, bench_placement.MIXED, 4), order)
        yield f"placements, mixed, the {title} first, {nodes} nodes", len(spent) / sum(spent), "/s", 5_000
    for kind in bench_placement.NOTHING_FITS:
        spent, _ = decide(db, ask(db, (kind,), 5), "roomiest")
        what = kind.__name__.replace("_", " ")
        yield f"nothing fits: {what}, {nodes} nodes", median(spent) * 1e6, "us", 200


def middle_decisions() -> Iterator[Figure]:
    yield from decisions(MIDDLE, True)


def large_decisions() -> Iterator[Figure]:
    yield from decisions(LARGE, False)


def loads() -> Iterator[Figure]:
    yield "load 300 000 facts under the fleet's rules", bench_engine.load_rate(100_000), "/s", 700_000
    yield "load 300 000 facts under one join", bench_engine.plain_load_rate(300_000), "/s", 700_000


def questions() -> Iterator[Figure]:
    db = bench_explain.busy_fleet(MIDDLE)
    healthy = [f"n{number}" for number in range(1, MIDDLE) if number % 7 and number % 11]
    operator = {"repairs": 3, "changeable": bench_explain.OPERATOR}

    def slowest(question: Callable[[str], object]) -> float:
        return bench_explain.microseconds(lambda n: question(healthy[n % len(healthy)]))[1]

    why = slowest(lambda node: db.explain("can_place", "p3", node))
    yield f"explain, p99, {MIDDLE} nodes", why, "us", 1_000
    plain = slowest(lambda node: db.why_not("can_place", "p1", node, repairs=0))
    yield f"why not, p99, {MIDDLE} nodes", plain, "us", 1_000
    repaired = slowest(lambda node: db.why_not("can_place", "p1", node, **operator))
    yield f"why not with an operator's repairs, p99, {MIDDLE} nodes", repaired, "us", 1_000


def hypotheses() -> Iterator[Figure]:
    db = bench_whatif.populated(MIDDLE)
    yield f"what-if: drain one of {MIDDLE} nodes", bench_whatif.drain(db, MIDDLE), "us", 50
    yield "what-if: explain one consequence", bench_whatif.explained(db, MIDDLE), "us", 1_000


def recursion() -> Iterator[Figure]:
    for nodes, goal in ((500, 10.0), (2_000, 430.0)):
        edges = random_graph(nodes, 2 * nodes)
        db, spent, rows = bench_closure.from_scratch(bench_closure.RIGHT, edges)
        yield f"closure of {nodes} nodes, {rows} pairs, from scratch", spent, "ms", goal
        if nodes == 500:
            into, out, old = bench_closure.single_edges(db, edges, nodes)
            yield "… an edge in", into, "ms", 0.2
            yield "… an edge out", max(out, old), "ms", 3
    case = dict(bench_recursion.cases())["same generation"]
    spent = median(bench_recursion.load(case)[1] for _ in range(3))
    yield "same generation, 22 k rows, from scratch (goal: 2.5 x DuckDB)", spent, "ms", 27


GROUPS = (
    small_fleet, large_fleet, middle_decisions, large_decisions, loads, questions, hypotheses, recursion,
)  # fmt: skip


def measured(group: Callable[[], Iterator[Figure]]) -> list[Figure]:
    return list(group())


def shown(figure: Figure) -> str:
    what, value, unit, goal = figure
    met = value >= goal if unit == "/s" else value <= goal
    digits = 2 if value < 10 else 0
    sign = ">=" if unit == "/s" else "<="
    return f"{what:<66}{value:>11,.{digits}f} {unit:<3} {sign} {goal:>9,.4g}  {'met' if met else 'MISSED'}"


if __name__ == "__main__":
    loop = bench_hotpath.loop_us()
    print(f"load {os.getloadavg()[0]:.1f}; a thousand empty steps of a loop: {loop:.0f} us", flush=True)
    wanted = sys.argv[1:]
    for group in GROUPS:
        if not wanted or group.__name__ in wanted:
            with multiprocessing.get_context("spawn").Pool(1) as fresh:
                for found in fresh.apply(measured, (group,)):
                    print(shown(found), flush=True)
