"""What a pending workload waits for, in one sentence."""

from typing import Final

from mxc.server.domains.workloads.placement import Facts

GRAIN: Final = 0.001
TURN: Final = "its turn"
SETTLING: Final = "the facts about it to settle"


def is_held_up(facts: Facts, workload: str) -> bool:
    """Whether it waits for something that has to change, not merely for the next decision."""
    return waiting_for(facts, workload) not in (None, TURN, SETTLING)


def waiting_for(facts: Facts, workload: str) -> str | None:
    """None unless it is pending; else the nearest thing that keeps it from being placed."""
    if not facts.query("workload", workload, ..., "pending"):
        return None
    if facts.query("workload_deleting", workload):
        return "being deleted"
    if facts.query("workload_backing_off", workload):
        return "the pause before its next attempt"
    if not facts.query("node", ..., ..., ...):
        return "a first node: none has joined yet"
    return _waiting_for_node(facts, workload)


def _waiting_for_node(facts: Facts, workload: str) -> str:
    accepting = [node for (node,) in facts.query("node_accepting", ...)]
    if not accepting:
        return _why_none_accepts(facts)
    willing = [node for node in accepting if not facts.query("constraint_violated", workload, node)]
    if not willing:
        return f"a node that meets its constraints: {_constraints(facts, workload)}"
    return _waiting_for_room(facts, workload, willing)


def _why_none_accepts(facts: Facts) -> str:
    healthy = facts.query("node_healthy", ...)
    if not healthy:
        return "a healthy node: every node is unavailable"
    return "a node that accepts work: every healthy one is cordoned, draining or suspect"


def _constraints(facts: Facts, workload: str) -> str:
    wishes = [f"{key} = {value}" for _, key, value in facts.query("workload_constraint", workload, ..., ...)]
    wishes += [
        f"{key} >= {least:g}"
        for _, key, least in facts.query("workload_constraint_at_least", workload, ..., ...)
    ]
    if facts.query("workload", workload, "microvm", ...):
        wishes.append("a hypervisor")
    return ", ".join(sorted(wishes)) or "the operators' rules"


def _waiting_for_room(facts: Facts, workload: str, nodes: list[str]) -> str:
    needs = facts.query("workload_resources", workload, ..., ...)
    free = [row for node in nodes for row in facts.query("node_resources_free", node, ..., ...)]
    if not needs or not free:
        return SETTLING
    _, cpu, memory = needs[0]
    most_cpu, most_memory = max(row[1] for row in free), max(row[2] for row in free)
    if most_cpu + GRAIN >= cpu and most_memory >= memory:
        enough = any(row[1] + GRAIN >= cpu and row[2] >= memory for row in free)
        return TURN if enough else "room: no single node has both the cores and the memory free"
    short = []
    if most_cpu + GRAIN < cpu:
        short.append(f"{cpu:g} cores, at most {most_cpu:g} are free on a node")
    if most_memory < memory:
        short.append(f"{memory} MB of memory, at most {most_memory} MB are free on a node")
    return f"room: needs {'; '.join(short)}"
