"""What closures cost in CPU time: from scratch, and per edge that comes or goes. Run:
python benchmarks/bench_closure.py"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from datalox import Program, Session

Edge = tuple[int, int]
RIGHT = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), edge(Y, Z)."
LEFT = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- edge(X, Y), path(Y, Z)."
SQUARE = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), path(Y, Z)."
GENERAL = (
    "path(X, Y) :- edge(X, Y), X != Y.\npath(X, Z) :- path(X, Y), edge(Y, Z), X != Z.\n"
    "round(X) :- path(X, Y), edge(Y, X)."
)


def random_graph(nodes: int, edges: int) -> list[Edge]:
    source = random.Random(1)
    found: set[Edge] = set()
    while len(found) < edges:
        edge = source.randrange(nodes), source.randrange(nodes)
        if edge[0] != edge[1]:
            found.add(edge)
    return sorted(found)


def chain(length: int) -> list[Edge]:
    return [(number, number + 1) for number in range(length)]


def milliseconds(db: Session, change: Callable[[Any], object]) -> float:
    """One transaction, its changes included."""
    begin = time.thread_time()
    with db.transaction() as tx:
        change(tx)
    return (time.thread_time() - begin) * 1e3


def from_scratch(rules: str, edges: list[Edge]) -> tuple[Session, float, int]:
    db = Session(Program.parse(rules, name="closure.dl"))
    spent = milliseconds(db, lambda tx: tx.assert_all("edge", edges))
    return db, spent, db.stats()["rows"]["path"]


def new_edge(source: random.Random, known: set[Edge], nodes: int) -> Edge:
    while (edge := (source.randrange(nodes), source.randrange(nodes))) in known:
        pass
    return edge


def single_edges(db: Session, edges: list[Edge], nodes: int, rounds: int = 60) -> tuple[float, float, float]:
    """Median milliseconds: a new edge in, the same out, one of the old edges out."""
    source = random.Random(2)
    known = set(edges)
    came, went, old = [], [], []
    for _ in range(rounds):
        edge = new_edge(source, known, nodes)
        came.append(milliseconds(db, lambda tx, e=edge: tx.assert_("edge", *e)))
        went.append(milliseconds(db, lambda tx, e=edge: tx.retract("edge", *e)))
        kept = source.choice(edges)
        old.append(milliseconds(db, lambda tx, e=kept: tx.retract("edge", *e)))
        milliseconds(db, lambda tx, e=kept: tx.assert_("edge", *e))
    return statistics.median(came), statistics.median(went), statistics.median(old)


def report() -> Iterator[str]:
    for title, rules in (("right", RIGHT), ("left", LEFT), ("square", SQUARE), ("general", GENERAL)):
        pairs = random_graph(500, 1000)
        db, spent, rows = from_scratch(rules, pairs)
        yield f"{title}: 500 nodes, 1000 edges, {rows} rows: {spent:.0f} ms"
        into, out, old = single_edges(db, pairs, 500)
        yield f"{title}: one edge in / out / an old one out: {into:.2f} / {out:.2f} / {old:.2f} ms"
        _, spent, rows = from_scratch(rules, chain(400))
        yield f"{title}: a chain of 400, {rows} rows: {spent:.0f} ms"
    for title, rules in (("right", RIGHT), ("square", SQUARE), ("general", GENERAL)):
        _, spent, rows = from_scratch(rules, random_graph(2000, 4000))
        yield f"{title}: 2000 nodes, 4000 edges, {rows} rows: {spent:.0f} ms"


if __name__ == "__main__":
    for line in report():
        print(line, flush=True)
