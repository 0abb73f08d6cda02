"""Nodes over REST: what the engine knows of them beside their columns, and why."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, Response

from mxc.server.domains.workloads.node import Node
from mxc.server.hosting.describe import answers
from mxc.server.hosting.exposure import Document, Exposure
from mxc.server.hosting.lookup import find
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Call, Caller
from mxc.server.kernel.facts.tenant import TenantFacts

router = APIRouter(prefix="/nodes", tags=["nodes"])
NUMBER: Final = {"type": ["number", "null"]}
JUDGEMENTS: Final = ("node_accepting", "node_suspect", "node_stale", "node_overloaded", "node_unreachable")


async def enrich(call: Call, documents: Sequence[Document]) -> None:
    """Adds room, health and the age of the last heartbeat: what the rules derive of each node now."""
    engine = call.core.facts(call.actor)
    free = {node: (cpu, memory) for node, cpu, memory in engine.query("node_resources_free", ..., ..., ...)}
    healthy = {node for (node,) in engine.query("node_healthy", ...)}
    seen: dict[str, float] = dict(engine.query("node_heartbeat", ..., ...))
    now = call.core.clock.unix()
    for document in documents:
        node = document["id"]
        cpu, memory = free.get(node, (None, None))
        document["available_cpu"], document["available_memory_mb"] = cpu, memory
        document["healthy"] = node in healthy
        document["heartbeat_age_s"] = round(max(0.0, now - seen[node]), 1) if node in seen else None


exposure = Exposure(
    Node,
    visible=Node.removed_at.is_(None),
    also={
        "available_cpu": {**NUMBER, "x-unit": "cores"},
        "available_memory_mb": {**NUMBER, "x-unit": "MB"},
        "healthy": {"type": "boolean"},
        "heartbeat_age_s": {**NUMBER, "x-unit": "s"},
    },
    enrich=enrich,
)


@router.get("/{row_id}/why", **answers())
async def why(call: Caller, row_id: str) -> Response:
    """Why the node is healthy, or what it lacks to be; and every other judgement about it that holds."""
    node = str((await find(call, Node, row_id, exposure.visible)).id)
    engine = call.core.facts(call.actor)
    found = [_health(engine, node)]
    found += [proof for name in JUDGEMENTS if (proof := engine.explain(name, node)) is not None]
    text = "\n\n".join(each.text for each in found)
    return reply({"id": node, "text": text, "trees": [each.tree for each in found]})


def _health(engine: TenantFacts, node: str) -> Any:
    return engine.explain("node_healthy", node) or engine.why_not("node_healthy", node)
