"""Why a workload is as it is, and why it is not somewhere."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import select, true

from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.repairs import Refusals, refusals
from mxc.server.domains.workloads.story import Step, chapter, steps, telling
from mxc.server.domains.workloads.waiting import waiting_for
from mxc.server.domains.workloads.workload import Status, Workload
from mxc.server.domains.workloads.workload_event import WorkloadEvent
from mxc.server.hosting.describe import answers
from mxc.server.hosting.design.wording import named
from mxc.server.hosting.goal import proof_text
from mxc.server.hosting.lookup import find
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Call, Caller
from mxc.server.kernel.facts.tenant import TenantFacts
from mxc.server.kernel.records import decisions
from mxc.server.kernel.resource.document import plain

router = APIRouter(prefix="/workloads", tags=["workloads"])
MOST_NODES: Final = 1000
FEW: Final = 3
"""Fewer nodes are told one by one, as the rules were walked; from here on by reason."""
MOST_DECISIONS: Final = 20
MOST_EVENTS: Final = 100
JUDGEMENTS: Final = (
    "workload_waiting", "workload_backing_off", "start_wanted", "stop_wanted", "should_fail", "can_restart",
    "restart_asked", "is_final", "workload_orphaned", "purge_wanted", "evict_wanted", "workload_placement",
)  # fmt: skip


@router.get("/{row_id}/why", **answers())
async def why(call: Caller, row_id: str) -> Response:
    """How it came to be in its present state: what was decided since it last waited, with the proof why.

    `decisions` are oldest first; `decision` is the one behind its last transition, null when a person asked
    for that; `holds` are the proofs of what the rules derive of it now.
    """
    row = await find(call, Workload, row_id)
    engine = call.core.facts(call.actor)
    events = chapter(await _events(call, row.id))
    decided = await _decisions(call, row.id, events)
    told = steps(events, decided, await _hostnames(call, events))
    last = telling(events, told)
    waits = waiting_for(engine, str(row.id))
    document = {
        "id": str(row.id),
        "status": row.status.value,
        "waiting_for": waits,
        "text": "\n".join([*_head(row, waits), *_lines(told, last), *_next(engine, row)]),
        "decision": _plain(last.decision) if last and last.decision else None,
        "decisions": [_plain(each) for each in decided],
        "holds": [proof.tree for proof in _holding(engine, str(row.id))],
    }
    return reply(document)


def _head(row: Workload, waits: str | None) -> Iterator[str]:
    parts = [row.reason, f"exit code {row.exit_code}" if row.exit_code is not None else None, row.error]
    said = ", ".join(part for part in parts if part)
    yield f"workload {row.id} is {row.status.value}" + (f": {said}" if said else "")
    if waits:
        yield f"it waits for {waits}"
        yield f"`mxc why-not {str(row.id)[:8]}` says of each node why it does not run there"
    yield ""


def _lines(told: Sequence[Step], last: Step | None) -> Iterator[str]:
    for step in told:
        yield step.line()
        if step is last and step.decision:
            yield from (f"    {line}" for line in proof_text(step.decision["proof"]).splitlines())


def _next(engine: TenantFacts, row: Workload) -> Iterator[str]:
    """What keeps one that failed from being run again, or is about to do so."""
    if row.status is not Status.FAILED:
        return
    found = engine.explain("can_restart", str(row.id))
    words = "it is about to run again:" if found else "it is not run again now:"
    text = proof_text(found.tree) if found else engine.why_not("can_restart", str(row.id)).text
    yield from ("", words, *(f"    {line}" for line in text.splitlines()))


@router.get("/{row_id}/why-not", **answers())
async def why_not(
    call: Caller, row_id: str, node: Annotated[str | None, Query(max_length=64)] = None
) -> Response:
    """Why it does not run on each node (or the one asked about), and the nearest things that would help.

    `nodes` has each node's first failing condition; `groups` the nodes that fail for one reason, the largest
    group first; `repairs` what could be done, nearest first, with the `actions` that do it where there are.
    """
    row = await find(call, Workload, row_id)
    nodes = [await find(call, Node, node, _PRESENT)] if node else await _nodes(call)
    engine = call.core.facts(call.actor) if node else call.about_all()
    names = {str(each.id): each.hostname for each in nodes}
    answered = [_on_node(engine, str(row.id), each) for each in nodes]
    waits = waiting_for(engine, str(row.id))
    head = f"workload {row.id} is {row.status.value}" + (f" and waits for {waits}" if waits else "")
    found = refusals(engine, str(row.id), str(nodes[0].id) if node else ..., names)
    groups = [_group(group, names) for group in (found.tree["grouping"] or {"groups": ()})["groups"]]
    told = [each["text"] for each in answered] if len(nodes) < FEW else ["\n".join(_grouped(found, names))]
    text = "\n\n".join([head, *told, *_offered(found, names if len(nodes) > 1 else {})])
    offers = [offer.json() for offer in found.offers]
    document = {"id": str(row.id), "waiting_for": waits, "text": text, "nodes": answered}
    return reply(document | {"groups": groups, "repairs": offers})


def _group(group: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    nodes = [{"node_id": row[1], "hostname": names.get(row[1], row[1][:8])} for row in group["examples"]]
    told = {name: group[name] for name in ("count", "rule", "comment", "because", "values", "gap")}
    return told | {"reason": _reason(group, names), "nodes": nodes}


def _reason(group: Mapping[str, Any], names: Mapping[str, str]) -> str:
    above = "".join(f"{literal} does not hold: " for literal in group["path"])
    return named(above + group["reason"], names)


def _grouped(found: Refusals, names: Mapping[str, str]) -> Iterator[str]:
    """Two lines per reason: how many nodes, why; where it is written, and which are nearest."""
    grouping = found.tree["grouping"] or {"holding": 0, "held": (), "groups": (), "rest": 0}
    if grouping["holding"]:
        held = ", ".join(names.get(row[1], row[1][:8]) for row in grouping["held"])
        yield f"{grouping['holding']} nodes fit: {held}"
    for group in grouping["groups"]:
        because = group["because"] or group
        yield f"{group['count']} nodes: {_reason(group, names)}"
        yield f"    [{because['rule']}]" + (f"  % {because['comment']}" if because["comment"] else "")
        nearest = ", ".join(names.get(row[1], row[1][:8]) for row in group["examples"])
        lacks = f"; the first lacks {group['gap']:.10g}" if group["gap"] is not None else ""
        yield f"    nearest: {nearest}{lacks}"
    if grouping["rest"]:
        yield f"{grouping['rest']} nodes: for other reasons"


def _offered(found: Refusals, names: Mapping[str, str]) -> Iterator[str]:
    """The offers as one paragraph; with names, also on which node it would run then."""
    if found.offers:
        lines = [
            f"  {number}. {offer.words}" + (f", for {names[offer.node]}" if offer.node in names else "")
            for number, offer in enumerate(found.offers, 1)
        ]
        yield "\n".join(["what would help, nearest first:", *lines])


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


async def _events(call: Call, workload: UUID) -> list[WorkloadEvent]:
    """Its newest events, oldest first."""
    newest = (WorkloadEvent.at.desc(), WorkloadEvent.id)
    about = WorkloadEvent.workload_id == workload
    found = await call.core.select(call.actor, WorkloadEvent, about, order=newest, limit=MOST_EVENTS)
    return found[::-1]


async def _hostnames(call: Call, events: Sequence[WorkloadEvent]) -> dict[str, str]:
    ids = {each.node_id for each in events if each.node_id is not None}
    rows = await call.core.select(call.actor, Node, Node.id.in_(ids)) if ids else []
    return {str(row.id): row.hostname for row in rows}


async def _decisions(call: Call, workload: UUID, events: Sequence[WorkloadEvent]) -> list[Mapping[str, Any]]:
    """What was decided about it since the first of these events, oldest first."""
    columns = decisions.c
    query = (
        select(columns.id, columns.at, columns.predicate, columns.args, columns.proof, columns.rules,
               columns.action, columns.outcome, columns.epoch)
        .where(columns.tenant_id == call.actor.tenant_id, columns.target == str(workload))
        .where(columns.at >= events[0].at if events else true())
        .order_by(columns.at.desc(), columns.id)
        .limit(MOST_DECISIONS)
    )  # fmt: skip
    async with call.core.reading(call.actor) as session:
        found = (await session.execute(query)).mappings().all()
    return [dict(each) for each in reversed(found)]


def _plain(decision: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in decision.items()}
