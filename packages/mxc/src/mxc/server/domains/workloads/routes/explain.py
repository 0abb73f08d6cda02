"""Why a workload is as it is, and why it is not somewhere."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import select

from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.waiting import waiting_for
from mxc.server.domains.workloads.workload import Workload
from mxc.server.hosting.describe import answers
from mxc.server.hosting.goal import proof_text
from mxc.server.hosting.lookup import find
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Call, Caller
from mxc.server.kernel.facts.tenant import TenantFacts
from mxc.server.kernel.records import decisions
from mxc.server.kernel.resource.document import plain

router = APIRouter(prefix="/workloads", tags=["workloads"])
MOST_NODES: Final = 1000
MOST_DECISIONS: Final = 3
JUDGEMENTS: Final = (
    "workload_waiting", "workload_backing_off", "start_wanted", "stop_wanted", "should_fail", "can_restart",
    "restart_asked", "is_final", "workload_orphaned", "purge_wanted", "evict_wanted", "workload_placement",
)  # fmt: skip


@router.get("/{row_id}/why", **answers())
async def why(call: Caller, row_id: str) -> Response:
    """The latest decisions about it with their proofs, newest first, and what the rules derive of it now."""
    row = await find(call, Workload, row_id)
    decided = await _latest_decisions(call, row.id)
    proofs = _holding(call.core.facts(call.actor), str(row.id))
    lines = [f"workload {row.id} is {row.status.value}" + (f": {row.reason}" if row.reason else "")]
    if waits := waiting_for(call.core.facts(call.actor), str(row.id)):
        lines.append(f"it waits for {waits}")
    for each in decided:
        lines += ["", f"decided at {each['at']}: {each['action']}", proof_text(each["proof"])]
    for proof in proofs:
        lines += ["", proof.text]
    document = {
        "id": str(row.id),
        "status": row.status.value,
        "waiting_for": waits,
        "text": "\n".join(lines),
        "decision": decided[0] if decided else None,
        "decisions": decided,
        "holds": [proof.tree for proof in proofs],
    }
    return reply(document)


@router.get("/{row_id}/why-not", **answers())
async def why_not(
    call: Caller, row_id: str, node: Annotated[str | None, Query(max_length=64)] = None
) -> Response:
    """For each node (or the one asked about) the first condition that keeps it from running there."""
    row = await find(call, Workload, row_id)
    nodes = [await find(call, Node, node, _PRESENT)] if node else await _nodes(call)
    engine = call.core.facts(call.actor)
    answered = [_on_node(engine, str(row.id), each) for each in nodes]
    waits = waiting_for(engine, str(row.id))
    head = f"workload {row.id} is {row.status.value}" + (f" and waits for {waits}" if waits else "")
    text = "\n\n".join([head, *(each["text"] for each in answered)])
    return reply({"id": str(row.id), "waiting_for": waits, "text": text, "nodes": answered})


_PRESENT: Final = Node.removed_at.is_(None)


async def _nodes(call: Call) -> list[Node]:
    order = (Node.hostname, Node.id)
    return await call.core.select(call.actor, Node, _PRESENT, order=order, limit=MOST_NODES)


def _on_node(engine: TenantFacts, workload: str, node: Node) -> dict[str, Any]:
    refusal = engine.why_not("can_place", workload, str(node.id))
    text = f"node {node.hostname} ({node.id})\n{refusal.text}"
    fits = bool(refusal.tree.get("holds"))
    return {
        "node_id": str(node.id), "hostname": node.hostname, "fits": fits, "text": text, "tree": refusal.tree,
    }  # fmt: skip


def _holding(engine: TenantFacts, workload: str) -> list[Any]:
    """The proofs of every judgement about the workload that holds now."""
    arity = {each["name"]: each["arity"] for each in engine.predicates()}
    found = []
    for name in JUDGEMENTS:
        others = (...,) * (arity.get(name, 0) - 1)
        rows = engine.query(name, workload, *others) if name in arity else []
        found += [engine.explain(name, *row) for row in rows]
    return [proof for proof in found if proof is not None]


async def _latest_decisions(call: Call, workload: UUID) -> list[dict[str, Any]]:
    columns = decisions.c
    query = (
        select(columns.id, columns.at, columns.predicate, columns.args, columns.proof, columns.rules,
               columns.action, columns.outcome, columns.epoch)
        .where(columns.tenant_id == call.actor.tenant_id, columns.target == str(workload))
        .order_by(columns.at.desc(), columns.id)
        .limit(MOST_DECISIONS)
    )  # fmt: skip
    async with call.core.reading(call.actor) as session:
        found = (await session.execute(query)).mappings().all()
    return [{name: plain(value) for name, value in each.items()} for each in found]
