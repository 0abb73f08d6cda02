"""What the engine takes from a workload that appears to the room reserved for it, by strategy. CPU time; no
database, no bus.

Run alone: `python packages/mxc/benchmarks/bench_placing.py [nodes]`. Prints one JSON object.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from statistics import median
from typing import Any, Final
from uuid import UUID, uuid4

from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.domains.workloads.defaults import RULE_SETTINGS
from mxc.server.domains.workloads.node import Hypervisor, Intent, Liveness, Node
from mxc.server.domains.workloads.placement import choose
from mxc.server.domains.workloads.workload import Strategy, Workload
from mxc.server.kernel.facts.clock import Clock
from mxc.server.kernel.facts.rulebook import base_programs
from mxc.server.kernel.facts.tenant import TenantFacts
from mxc.server.kernel.perform import defaults_of
from mxc.server.kernel.reactor.situation import after
from mxc.server.kernel.resource import catalogue, facts_of, spec_of, transition_facts

NODES: Final = 1_000
SAMPLES: Final = 200
WARM: Final = 20


def main(nodes: int) -> dict[str, Any]:
    figures: dict[str, Any] = {"nodes": nodes}
    for strategy in ("spread", "pack", "random"):
        figures |= {f"{strategy}: {step}, µs": spent for step, spent in placing(nodes, strategy).items()}
    return figures


def placing(nodes: int, strategy: str) -> dict[str, float]:
    """Median of each step in microseconds, and of all of them."""
    facts, clock = fleet(nodes)
    steps: dict[str, list[float]] = defaultdict(list)
    for number in range(SAMPLES + WARM):
        spent = place_one(facts, clock, workload(strategy, number))
        for name, seconds in spent if number >= WARM else ():
            steps[name].append(seconds * 1e6)
    steps["all"] = [sum(each) for each in zip(*steps.values(), strict=True)]
    return {name: round(median(several), 1) for name, several in steps.items()}


def fleet(nodes: int) -> tuple[TenantFacts, Clock]:
    """Nodes that were heard of just now, in three zones."""
    clock, specs = Clock(), catalogue()
    settings = {("setting", (name, value)) for name, value in RULE_SETTINGS.items()}
    facts = TenantFacts(DEFAULT_TENANT, base_programs(specs), clock, transition_facts(specs) | settings)
    rows = {}
    for number in range(nodes):
        row = Node(
            id=uuid4(), hostname=f"host-{number}", cpu_total=64.0, memory_total=262_144, cpu_used=0.0,
            memory_used=0, liveness=Liveness.AVAILABLE, intent=Intent.SCHEDULABLE, hypervisor=Hypervisor.NONE,
            last_heartbeat_at=clock.now(), capabilities={"zone": f"z{number % 3}"},
        )  # fmt: skip
        rows["nodes", row.id] = facts_of(row)
    facts.apply(rows)
    return facts, clock


def workload(strategy: str, number: int) -> Workload:
    columns: dict[str, Any] = {
        "id": uuid4(), "command": "true", "cpu_required": 0.5, "memory_required": 512,
        "strategy": Strategy(strategy), "constraints": {"zone": f"z{number % 3}"} if number % 2 else {},
    }  # fmt: skip
    return Workload(**{**defaults_of(spec_of(Workload)), **columns})


def place_one(facts: TenantFacts, clock: Clock, row: Workload) -> Iterator[tuple[str, float]]:
    """Seconds of CPU per step."""
    key = ("workloads", row.id)
    begin = time.thread_time()
    facts.apply({key: facts_of(row)})
    appeared = time.thread_time()
    chosen = choose(facts, str(row.id))
    decided = time.thread_time()
    assert chosen is not None
    proof = facts.explain("placement_candidate", *chosen)
    proved = time.thread_time()
    assert proof is not None
    args = {"node_id": UUID(chosen.node), "deadline_s": 60.0}
    facts.reserve(key, facts_of(after(Workload.place, row, clock.now(), args)))
    reserved = time.thread_time()
    facts.release(key)
    yield "appears", appeared - begin
    yield "choice", decided - appeared
    yield "proof", proved - decided
    yield "room taken", reserved - proved


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else NODES
    print(json.dumps(main(size), indent=2, ensure_ascii=False))
