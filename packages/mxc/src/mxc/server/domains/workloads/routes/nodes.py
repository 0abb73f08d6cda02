"""Nodes over REST: what the engine knows of them beside their columns, and why."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, Response
from sqlalchemy import select

from mxc.server.domains.workloads.node import Intent, Node
from mxc.server.hosting.describe import answers
from mxc.server.hosting.exposure import Document, Exposure
from mxc.server.hosting.goal import proof_text
from mxc.server.hosting.lookup import find
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Call, Caller
from mxc.server.kernel.records import audit
from mxc.server.kernel.resource import spec_of

router = APIRouter(prefix="/nodes", tags=["nodes"])
NUMBER: Final = {"type": ["number", "null"]}
JUDGED: Final[Mapping[str, tuple[str, str]]] = {
    "node_healthy": ("it is healthy:", "it is not healthy:"),
    "node_accepting": ("it takes new work:", "it takes no new work:"),
    "node_suspect": ("it is suspect:", ""),
    "node_stale": ("its lease ran out:", ""),
    "node_overloaded": ("it is overloaded:", ""),
    "node_unreachable": ("it cannot be reached:", ""),
}
"""What is said of a node when a judgement holds, and when it does not."""
WANTED: Final = {
    Intent.SCHEDULABLE: "work may be placed there",
    Intent.CORDONED: "it was cordoned: nothing new is placed there",
    Intent.DRAINING: "it is drained: what runs there moves elsewhere",
}
CHANGED: Final = {
    "create": "joined", "join": "said hello", "mark_unavailable": "marked unavailable",
    "mark_available": "marked available", "cordon": "cordoned", "uncordon": "uncordoned", "drain": "drained",
    "update": "changed",
}  # fmt: skip


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
    listed=(
        "hostname", "status", "healthy", "cpu_total", "available_cpu", "memory_total", "available_memory_mb",
        "heartbeat_age_s",
    ),
)  # fmt: skip


@router.get("/{row_id}/why", **answers())
async def why(call: Caller, row_id: str) -> Response:
    """Why the node is heard from or not, and takes work or not; and every other judgement that holds."""
    row = await find(call, Node, row_id, exposure.seen_by(call))
    node, engine = str(row.id), call.core.facts(call.actor)
    lines = [f"node {row.hostname} ({node}) is {row.status}: {_heard(call, row)}; {WANTED[row.intent]}"]
    lines.append(await _decided(call, row))
    trees: list[dict[str, Any]] = []
    for name, (holds, fails) in JUDGED.items():
        if proof := engine.explain(name, node):
            trees.append(proof.tree)
            lines += ["", holds, *_indented(proof_text(proof.tree))]
        elif fails:
            refusal = engine.why_not(name, node)
            trees.append(refusal.tree)
            lines += ["", fails, *_indented(refusal.text)]
    return reply({"id": node, "text": "\n".join(lines), "trees": trees})


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.splitlines()]


def _heard(call: Call, node: Node) -> str:
    if node.last_heartbeat_at is None:
        return "never heard from"
    age_s = (call.core.clock.now() - node.last_heartbeat_at).total_seconds()
    return f"last heard from {max(0.0, age_s):.1f} s ago"


async def _decided(call: Call, node: Node) -> str:
    """Who last changed what is observed of it or wanted of it, and when."""
    columns = audit.c
    about = (columns.resource == spec_of(Node).plural, columns.row_id == node.id)
    query = select(columns.at, columns.action, columns.actor_kind, columns.actor_name).where(
        columns.tenant_id == call.actor.tenant_id, *about, columns.action.in_(CHANGED)
    )
    async with call.core.reading(call.actor) as session:
        found = (await session.execute(query.order_by(columns.at.desc()).limit(1))).one_or_none()
    if found is None:
        return "nothing changed that since it joined"
    at, action, kind, name = found
    by = {"system": "by the rules", "agent": "by its agent"}.get(kind, f"by {name}")
    return f"{at:%Y-%m-%d %H:%M:%S} UTC  {CHANGED[action]}, {by}"
