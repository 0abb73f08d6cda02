"""What recursion that is no closure of pairs costs in CPU time, from scratch and per fact that goes and comes
back. Beside it the engines of `peers.py`. Run: python benchmarks/bench_recursion.py"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from peers import Facts, compared

from datalox import Program, Session

ROUNDS = 40


@dataclass(frozen=True)
class Case:
    rules: str
    facts: Facts
    goal: str
    width: int
    query: str | None = None


def drawn(limits: tuple[int, ...], count: int, seed: int) -> list[tuple[int, ...]]:
    """Distinct rows of random numbers below `limits`."""
    source = random.Random(seed)
    found: set[tuple[int, ...]] = set()
    while len(found) < count:
        found.add(tuple(source.randrange(limit) for limit in limits))
    return sorted(found)


def tree(size: int) -> list[tuple[int, ...]]:
    source = random.Random(1)
    return [(child, source.randrange(max(0, child - 40), child)) for child in range(1, size)]


def cases() -> Iterator[tuple[str, Case]]:
    yield "same generation", Case(
        "sg(X, Y) :- parent(X, P), parent(Y, P), X != Y.\n"
        "sg(X, Y) :- parent(X, P), sg(P, Q), parent(Y, Q).",
        {"parent": tree(1000)}, "sg", 2,
        "with recursive sg(x, y) as (select a.c0, b.c0 from parent a join parent b on a.c1 = b.c1"
        " where a.c0 <> b.c0 union select a.c0, b.c0 from sg join parent a on a.c1 = sg.x"
        " join parent b on b.c1 = sg.y) select count(*) from sg",
    )  # fmt: skip
    yield "points-to", Case(
        "pt(V, O) :- new(V, O).\npt(V, O) :- assign(V, W), pt(W, O).\n"
        "pt(V, O) :- load(V, B, F), pt(B, P), hp(P, F, O).\n"
        "hp(P, F, O) :- store(B, F, V), pt(B, P), pt(V, O).",
        {"new": drawn((300, 300), 150, 2), "assign": drawn((300, 300), 350, 3),
         "load": drawn((300, 300, 3), 100, 4), "store": drawn((300, 3, 300), 100, 5)}, "pt", 2,
    )  # fmt: skip
    yield "even and odd ways", Case(
        "even(X, X) :- node(X).\neven(X, Z) :- odd(X, Y), edge(Y, Z).\nodd(X, Z) :- even(X, Y), edge(Y, Z).",
        {"node": [(number,) for number in range(250)], "edge": drawn((250, 250), 500, 6)}, "odd", 2,
        "with recursive way(odd, x, y) as (select 0, c0, c0 from node union"
        " select 1 - odd, x, c1 from way join edge on c0 = y) select count(*) from way where odd = 1",
    )  # fmt: skip
    yield "a third column", Case(
        "reach(C, X, Y) :- link(C, X, Y).\nreach(C, X, Z) :- reach(C, X, Y), link(C, Y, Z).",
        {"link": drawn((5, 120, 120), 1000, 7)}, "reach", 3,
        "with recursive reach(c, x, y) as (select c0, c1, c2 from link union select c, x, c2"
        " from reach join link on c0 = c and c1 = y) select count(*) from reach",
    )  # fmt: skip
    yield "joined with itself", Case(
        "near(X, Y) :- edge(X, Y).\nnear(X, Z) :- near(X, Y), near(Y, Z), X != Z.",
        {"edge": drawn((100, 100), 150, 8)}, "near", 2,
    )  # fmt: skip
    yield "from one start", Case(
        "reach(X) :- start(X).\nreach(Y) :- reach(X), edge(X, Y).",
        {"start": [(0,)], "edge": drawn((50_000, 50_000), 150_000, 9)}, "reach", 1,
        "with recursive reach(x) as (select c0 from start union select c1 from reach join edge on c0 = x)"
        " select count(*) from reach",
    )  # fmt: skip


def load(case: Case) -> tuple[Session, float]:
    db = Session(Program.parse(case.rules, name="recursion.dl"))
    begin = time.thread_time()
    with db.transaction() as tx:
        for name, rows in case.facts.items():
            tx.assert_all(name, rows)
    return db, (time.thread_time() - begin) * 1e3


def single_facts(db: Session, case: Case) -> tuple[float, float]:
    """Median milliseconds: one fact goes, and comes back."""
    source = random.Random(2)
    name = max(case.facts, key=lambda known: len(case.facts[known]))
    went: list[float] = []
    came: list[float] = []
    for row in source.sample(case.facts[name], ROUNDS):
        for spent, operation in ((went, "retract"), (came, "assert_")):
            begin = time.thread_time()
            with db.transaction() as tx:
                getattr(tx, operation)(name, *row)
            spent.append((time.thread_time() - begin) * 1e3)
    return statistics.median(went), statistics.median(came)


def report() -> Iterator[str]:
    for title, case in cases():
        loads = [load(case) for _ in range(5)]
        db, spent = loads[-1][0], statistics.median(spent for _, spent in loads)
        went, came = single_facts(db, case)
        count = sum(map(len, case.facts.values()))
        yield f"{title}: {count} facts, {db.stats()['rows'][case.goal]} rows in {spent:.1f} ms"
        yield f"  one fact out / in: {went:.2f} / {came:.2f} ms"
        yield from compared(case.rules, case.facts, case.goal, case.width, case.query)


if __name__ == "__main__":
    for line in report():
        print(line, flush=True)
