"""A fleet to measure on: nodes with heartbeats and capacity, workloads that wait, and rules like the
product's."""

from __future__ import annotations

from datalox import Program, Session

START = 1_700_000_000
RULES = """
.decl node(node: text, host: text, status: text) key(node)
.decl node_resources(node: text, cpu: number, memory: number) key(node)
.decl node_heartbeat(node: text, at: number) key(node)
.decl node_capability(node: text, type: text, value: scalar)
.decl workload(workload: text, type: text, status: text) key(workload)
.decl workload_resources(workload: text, cpu: number, memory: number) key(workload)
.decl workload_placement(workload: text, node: text) key(workload)
.decl workload_constraint(workload: text, type: text, value: scalar)
.decl setting(name: text, value: number) key(name)
.decl core_started(at: number)
.demand constraint_violated(+, +)
.extensible constraint_violated/2
.demand can_place/2
.demand placement_candidate/4

node_stale(N) :- node_heartbeat(N, T), setting(node_lease, L), core_started(S), now(W), W - T > L, W - S > L.
node_suspect(N) :- node_heartbeat(N, T), setting(node_suspect, L), now(W), W - T > L.
node_healthy(N) :- node(N, _, available), not node_stale(N).
used_cpu(N, U) :- node(N, _, _), sum(C, placed_resources(W, N, C, _), U).
used_memory(N, U) :- node(N, _, _), sum(M, placed_resources(W, N, _, M), U).
placed_resources(W, N, C, M) :- workload_placement(W, N), workload_resources(W, C, M).
node_resources_free(N, C - UC, M - UM) :- node_resources(N, C, M), used_cpu(N, UC), used_memory(N, UM).
constraint_violated(W, N) :- workload_constraint(W, group, G), workload_placement(O, N),
workload_constraint(O, group, G), O != W.
constraint_violated(W, N) :- workload_constraint(W, T, V), T != group, not node_capability(N, T, V).
constraint_violated(_, N) :- count(O, workload_placement(O, N), K), K >= 50.
can_place(W, N) :- workload(W, _, pending), node_healthy(N), workload_resources(W, C, M),
    node_resources_free(N, FC, FM), FC >= C, FM >= M, not constraint_violated(W, N).
placement_candidate(W, N, FC, FM) :- can_place(W, N), node_resources_free(N, FC, FM).
.order roomiest: placement_candidate(W, N, C, M) by C + M / 4096 desc
.order fullest: placement_candidate(W, N, C, M) by C + M / 4096
node_count(K) :- count(N, node(N, _, _), K).
healthy_count(K) :- count(N, node_healthy(N), K).
cluster_degraded() :- node_count(T), healthy_count(H), T > 0, H / T < 0.5.
workload_orphaned(W) :- workload_placement(W, N), workload(W, _, running), node_stale(N).
"""


def fleet(nodes: int, pending: int = 10, running: int = 0) -> Session:
    """A healthy fleet at START."""
    db = Session(Program.parse(RULES, name="fleet.dl"))
    names = [f"n{number}" for number in range(nodes)]
    with db.transaction(now=START) as tx:
        tx.assert_("setting", "node_lease", 30)
        tx.assert_("setting", "node_suspect", 15)
        tx.assert_("core_started", START - 1000)
        tx.assert_all("node", ((name, f"h-{name}", "available") for name in names))
        tx.assert_all("node_resources", ((name, 16, 65536) for name in names))
        tx.assert_all("node_heartbeat", ((name, START - number % 10) for number, name in enumerate(names)))
        tx.assert_all("workload", ((f"p{number}", "process", "pending") for number in range(pending)))
        tx.assert_all("workload_resources", ((f"p{number}", 1, 512) for number in range(pending)))
        tx.assert_all("workload", ((f"r{number}", "process", "running") for number in range(running)))
        tx.assert_all("workload_resources", ((f"r{number}", 0.25, 256) for number in range(running)))
        tx.assert_all(
            "workload_placement", ((f"r{number}", names[number % nodes]) for number in range(running))
        )
    return db
