"""The whole at a glance."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Response

from mxc.server.domains.workloads.node import Node
from mxc.server.hosting.describe import answers
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Caller
from mxc.server.kernel.facts.tenant import TenantFacts
from mxc.server.kernel.resource.document import plain

MOST_FAULTS: Final = 10
router = APIRouter(prefix="/cluster", tags=["cluster"])


@router.get("/status", **answers())
async def status(call: Caller) -> Response:
    """Nodes, workloads, room, open notices, rules not in force because they fail, reactions that fail."""
    call.may_read(Node)
    core = call.core
    engine = call.about_all()
    failing = engine.reaction_faults()
    document = _counts(engine) | _room(engine)
    document["is_degraded"] = bool(engine.query("cluster_degraded"))
    document["notices"] = sorted({kind for _, kind in engine.query("notice_open", ..., ...)})
    document["rules_failing"] = len(engine.rule_faults)
    document["rule_faults"] = {name: fault.message for name, fault in engine.rule_faults.items()}
    document["reactions_failing"] = len(failing)
    document["reaction_faults"] = [_plain(fault) for fault in failing[:MOST_FAULTS]]
    document["epoch"] = core.lease.epoch
    return reply(document)


def _plain(fault: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in fault.items()}


def _counts(engine: TenantFacts) -> dict[str, Any]:
    states = Counter(state for _, _, state in engine.query("workload", ..., ..., ...))
    return {
        "node_count": len(engine.query("node", ..., ..., ...)),
        "nodes_healthy": len(engine.query("node_healthy", ...)),
        "workload_count": states.total(),
        "workloads_running": states["running"],
        "workloads": dict(sorted(states.items())),
    }


def _room(engine: TenantFacts) -> dict[str, Any]:
    """What present nodes have, and what is free on those that accept work."""
    present = {node for node, _, _ in engine.query("node", ..., ..., ...)}
    accepting = {node for (node,) in engine.query("node_accepting", ...)}
    totals = [row for row in engine.query("node_resources", ..., ..., ...) if row[0] in present]
    free = [row for row in engine.query("node_resources_free", ..., ..., ...) if row[0] in accepting]
    return {
        "total_cpu": sum(cpu for _, cpu, _ in totals),
        "total_memory_mb": sum(memory for _, _, memory in totals),
        "available_cpu": sum(cpu for _, cpu, _ in free),
        "available_memory_mb": sum(memory for _, _, memory in free),
    }
