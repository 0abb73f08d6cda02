"""What closures of pairs cost in CPU time, against the size of the graph: from scratch, per edge that comes
or goes, and for who wants the rows. Beside it the engines of `peers.py`.
Run: python benchmarks/bench_closure.py [nodes …]"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from peer_work import Pair, chain, random_graph
from peers import compared

from datalox import ANY, Program, Session

RIGHT = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), edge(Y, Z)."
LEFT = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- edge(X, Y), path(Y, Z)."
SQUARE = "path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), path(Y, Z)."
RANKED = "path(X, Y) :- edge(X, Y), X != Y.\npath(X, Z) :- path(X, Y), edge(Y, Z), X != Z."
SQL = """with recursive path(x, y) as (
    select c0, c1 from edge union select path.x, edge.c1 from path join edge on edge.c0 = path.y
) select count(*) from path"""
NODES = (250, 500, 1000, 2000)
PEERS_UP_TO = 2000
"""Nodes up to which the other engines are asked as well."""


def milliseconds(work: Callable[[], object]) -> float:
    begin = time.thread_time()
    work()
    return (time.thread_time() - begin) * 1e3


def commit(db: Session, change: Callable[[Any], object]) -> float:
    """One transaction, its net changes included."""

    def work() -> None:
        with db.transaction() as tx:
            change(tx)

    return milliseconds(work)


def from_scratch(rules: str, edges: list[Pair]) -> tuple[Session, float, int]:
    """The median of three; the last session, and the rows of its closure."""
    spent: list[float] = []
    for _ in range(3):
        db = Session(Program.parse(rules, name="closure.dl"))
        spent.append(commit(db, lambda tx: tx.assert_all("edge", edges)))
    return db, statistics.median(spent), db.stats()["rows"]["path"]


def single_edges(db: Session, edges: list[Pair], nodes: int, rounds: int = 60) -> tuple[float, float, float]:
    """Median milliseconds: a new edge in, the same out, one of the old edges out."""
    source = random.Random(2)
    known = set(edges)
    came, went, old = [], [], []
    for _ in range(rounds):
        edge = new_edge(source, known, nodes)
        came.append(commit(db, lambda tx, e=edge: tx.assert_("edge", *e)))
        went.append(commit(db, lambda tx, e=edge: tx.retract("edge", *e)))
        kept = source.choice(edges)
        old.append(commit(db, lambda tx, e=kept: tx.retract("edge", *e)))
        commit(db, lambda tx, e=kept: tx.assert_("edge", *e))
    return statistics.median(came), statistics.median(went), statistics.median(old)


def new_edge(source: random.Random, known: set[Pair], nodes: int) -> Pair:
    while (edge := (source.randrange(nodes), source.randrange(nodes))) in known:
        pass
    return edge


def report(sizes: Sequence[int]) -> Iterator[str]:
    for nodes in sizes:
        edges = random_graph(nodes, 2 * nodes)
        for title, rules in (("right", RIGHT), ("left", LEFT), ("square", SQUARE), ("by rank", RANKED)):
            db, spent, rows = from_scratch(rules, edges)
            into, out, old = single_edges(db, edges, nodes)
            yield f"{nodes} nodes, {2 * nodes} edges, {title}: {rows} rows in {spent:.1f} ms"
            yield f"  a new edge in / out, an old one out: {into:.2f} / {out:.2f}, {old:.2f} ms"
            if title == "right":
                one = milliseconds(lambda db=db: list(db.query("path", 0, ANY)))
                all_ = milliseconds(lambda db=db: list(db._engine.network.nodes["path"].relation))
                yield f"  the rows of one node, sorted: {one:.2f} ms; all rows, as they come: {all_:.0f} ms"
        if nodes <= PEERS_UP_TO:
            yield from compared(RIGHT, {"edge": edges}, "path", 2, SQL)
    for title, rules in (("right", RIGHT), ("left", LEFT), ("square", SQUARE), ("by rank", RANKED)):
        _, spent, rows = from_scratch(rules, chain(400))
        yield f"a chain of 400, {title}: {rows} rows in {spent:.1f} ms"


if __name__ == "__main__":
    for line in report([int(size) for size in sys.argv[1:]] or NODES):
        print(line, flush=True)
