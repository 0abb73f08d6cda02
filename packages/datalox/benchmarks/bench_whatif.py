"""What a hypothesis costs in CPU time, against the size of the fleet: a node drained, its consequences
explained, a rule loaded. Run: python benchmarks/bench_whatif.py [nodes …]"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bench_engine import median_us
from fleet import fleet

from datalox import Program, Session

RULES = """
.extensible displaced/1
displaced(W) :- workload_placement(W, N), node(N, _, draining).
homeless(W) :- displaced(W), workload(W, _, running).
"""
LATER = "late_beat(N) :- node_heartbeat(N, T), T < 0.\n"
OBJECTION = "constraint_violated(W, n1) :- workload(W, _, _).\n"


def populated(nodes: int) -> Session:
    db = fleet(nodes, running=nodes)
    db.load(Program.parse(RULES, "drain.dl"))
    return db


def drain(db: Session, nodes: int) -> float:
    def play(number: int) -> None:
        name = f"n{number % nodes}"
        with db.what_if() as w:
            w.replace("node", name, (name, f"h-{name}", "draining"))
        assert "displaced" in w.changes

    return median_us(play, 2000)


def explained(db: Session, nodes: int) -> float:
    """One consequence of a drain, its proof included."""
    with db.what_if() as w:
        w.replace("node", "n1", ("n1", "h-n1", "draining"))
        return median_us(lambda _: w.explain("homeless", "r1"), 300)


def load(db: Session, text: str) -> float:
    """Milliseconds to load a module in a hypothesis and to take it back."""
    program = Program.parse(text, "later.dl")

    def play(_: int) -> None:
        with db.what_if() as w:
            w.load(program)

    return median_us(play, 10) / 1e3


def report(sizes: list[int]) -> Iterator[str]:
    for nodes in sizes:
        db = populated(nodes)
        yield f"what-if: drain one of {nodes} nodes: {drain(db, nodes):.1f} us"
        yield f"what-if: explain one consequence, {nodes} nodes: {explained(db, nodes):.0f} us"
        yield f"what-if: a rule of its own over {nodes} heartbeats: {load(db, LATER):.1f} ms"
        yield f"what-if: a rule more for a predicate on demand, {nodes} nodes: {load(db, OBJECTION):.1f} ms"


if __name__ == "__main__":
    for line in report([int(size) for size in sys.argv[1:]] or [1000, 10_000]):
        print(line, flush=True)
