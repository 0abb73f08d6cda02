"""Cost against the size of the fleet, as JSON: CPU microseconds, medians. Flat is the claim. Run:
python benchmarks/bench_curves.py [nodes …] > curves.json; tools/curves.py draws them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from bench_engine import explain_us, fifty_expire, heartbeat, median_us, place, quiet_tick
from fleet import fleet

from datalox import ANY

SIZES = [100, 300, 1000, 3000, 10_000, 30_000, 100_000]


def drain(nodes: int) -> float:
    """What if one node were drained: its consequences, in a rehearsal that is undone."""
    db = fleet(nodes, running=2 * nodes)

    def rehearse(number: int) -> None:
        name = f"n{number % nodes}"
        with db.what_if() as world:
            world.replace("node", name, (name, f"h-{name}", "draining"))
        assert "node_healthy" in world.changes

    return median_us(rehearse, 400)


def nothing_fits(nodes: int) -> float:
    """One workload that needs more than any node has."""
    db = fleet(nodes)
    with db.transaction() as tx:
        tx.replace("workload_resources", "p1", ("p1", 1000, 512))

    def refuse(number: int) -> None:
        assert not list(db.best("placement_candidate", "p1", ANY, ANY, ANY, order="roomiest", limit=1))

    return median_us(refuse, 200)


def explained(nodes: int) -> float:
    return explain_us(nodes)[0]


def refused(nodes: int) -> float:
    return explain_us(nodes)[1]


CURVES: dict[str, Callable[[int], float]] = {
    "clock tick, nothing crosses": quiet_tick,
    "heartbeat, nothing follows": heartbeat,
    "what if one node were drained": drain,
    "nothing fits, proved": nothing_fits,
    "one workload placed and committed": place,
    "50 nodes expire, all consequences": fifty_expire,
    "why": explained,
    "why not, with repairs": refused,
}


def main(sizes: list[int]) -> None:
    curves = {title: [round(measure(nodes), 2) for nodes in sizes] for title, measure in CURVES.items()}
    print(json.dumps({"nodes": sizes, "unit": "CPU µs, median", "curves": curves}, indent=1))


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
