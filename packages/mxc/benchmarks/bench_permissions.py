"""What a permission check costs: asked before, asked of the rules first, refused with its reason.

CPU time of this thread, medians; the session holds what is declared and a thousand members. Run alone:
`python packages/mxc/benchmarks/bench_permissions.py`. Prints one JSON object.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from statistics import median
from time import thread_time
from uuid import UUID

from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.permission import may
from mxc.server.kernel.errors import Forbidden
from mxc.server.kernel.facts.judging import Bench
from mxc.server.kernel.resource import catalogue
from mxc.testing.law import lone_session

RUNS, ROUND, MEMBERS = 25, 10_000, 1_000
ADA = Actor("user", "7", "ada", UUID(int=1), role="operator")
VI = Actor("user", "8", "vi", UUID(int=1), role="viewer")


def cost_us(work: Callable[[], None], times: int) -> float:
    """Microseconds of one of `times` calls, the median of the runs."""
    spent = []
    for _ in range(RUNS):
        began = thread_time()
        for _ in range(times):
            work()
        spent.append((thread_time() - began) / times)
    return median(spent) * 1e6


def main() -> dict[str, float]:
    facts = lone_session(list(catalogue()))
    for number in range(MEMBERS):
        member = ("memberships", UUID(int=number))
        facts.apply({member: frozenset({("membership", (str(UUID(int=number)), "operator"))})})
    bench = Bench(lambda _: facts)

    def refused() -> None:
        with suppress(Forbidden):
            may(bench, VI, Workload.stop)

    known_us = cost_us(lambda: may(bench, ADA, Workload.stop), ROUND)
    first_us = []
    for _ in range(RUNS):
        fresh = Bench(lambda _: facts)
        fresh.rulings(UUID(int=1))
        began = thread_time()
        may(fresh, ADA, Workload.stop)
        first_us.append((thread_time() - began) * 1e6)
        facts.listeners.pop()
    rulings = bench.rulings(UUID(int=1))
    return {
        "allowed, asked before, µs": round(known_us, 2),
        "allowed, asked first, µs": round(median(first_us), 2),
        "refused with reasons, µs": round(cost_us(refused, 20), 2),
        "answered by the rules": rulings.misses,
    }


if __name__ == "__main__":
    print(json.dumps(main(), ensure_ascii=False, indent=2))
