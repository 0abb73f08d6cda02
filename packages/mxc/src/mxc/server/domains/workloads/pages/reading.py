"""What the pages read: documents, names, what is waited for, what happened, what was decided."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.waiting import waiting_for
from mxc.server.domains.workloads.workload import Status, Workload
from mxc.server.domains.workloads.workload_event import WorkloadEvent
from mxc.server.hosting.page import Visit
from mxc.server.kernel.errors import Unavailable
from mxc.server.kernel.facts.tenant import TenantFacts
from mxc.server.kernel.records import audit, decisions
from mxc.server.kernel.resource import spec_of

Document = dict[str, Any]
MOST_ROWS: Final = 10_000
MOST_DECISIONS: Final = 5


def document(visit: Visit, row: Any) -> Document:
    """A row as the API shows it."""
    return spec_of(type(row)).document(row, now=visit.core.clock.now())


async def workloads(visit: Visit, *where: Any) -> list[Document]:
    """Workloads, those that changed last first."""
    rows = await visit.core.select(
        visit.actor, Workload, *where, order=(Workload.updated_at.desc(),), limit=MOST_ROWS
    )
    return [document(visit, row) for row in rows]


async def nodes(visit: Visit) -> list[Document]:
    """Nodes that were not deleted, by name."""
    rows = await visit.core.select(
        visit.actor, Node, Node.removed_at.is_(None), order=(Node.hostname, Node.id), limit=MOST_ROWS
    )
    return [document(visit, row) for row in rows]


def in_use(visit: Visit) -> dict[str, tuple[float, int]]:
    """(cores, MB) in use on each node as the rules count them: placed or observed, whichever is larger."""
    facts = facts_of(visit)
    counted = facts.query("node_resources_used", ..., ..., ...) if facts is not None else []
    return {str(node): (float(cpu), int(megabytes)) for node, cpu, megabytes in counted}


def with_use(of: Document, used: Mapping[str, tuple[float, int]]) -> Document:
    """A node's document with what is in use on it in place of what was merely observed."""
    cpu, megabytes = used.get(str(of["id"]), (of["cpu_used"], of["memory_used"]))
    return {**of, "cpu_used": cpu, "memory_used": megabytes}


async def node_names(visit: Visit) -> dict[str, str]:
    """What nodes are called, deleted ones included."""
    rows = await visit.core.select(visit.actor, Node, limit=MOST_ROWS)
    return {str(row.id): row.hostname for row in rows}


async def status_counts(visit: Visit) -> dict[str, int]:
    """How many workloads are in each state."""
    statement = select(Workload.status, func.count()).group_by(Workload.status)
    async with visit.core.reading(visit.actor) as session:
        found = {Status(state).value: count for state, count in await session.execute(statement)}
    return {state.value: found.get(state.value, 0) for state in Status}


def facts_of(visit: Visit) -> TenantFacts | None:
    """The engine; None while it is loading here, or another coordinator leads."""
    try:
        return visit.core.facts(visit.actor)
    except Unavailable:
        return None


def waiting(visit: Visit, of: Mapping[str, Any]) -> str | None:
    """What a pending workload waits for."""
    facts = facts_of(visit)
    return waiting_for(facts, str(of["id"])) if facts is not None and of["status"] == "pending" else None


def next_try(visit: Visit, of: Mapping[str, Any]) -> str | None:
    """When it runs again, as an ISO time; None when the rules do not say that it will."""
    facts = facts_of(visit)
    is_due = facts is not None and facts.holds("restart_due", str(of["id"]))
    return of["retry_at"] if is_due else None


async def events(visit: Visit, *where: Any, limit: int) -> Sequence[WorkloadEvent]:
    """What happened to workloads, newest first."""
    statement = (
        select(WorkloadEvent).where(*where).order_by(WorkloadEvent.at.desc(), WorkloadEvent.id).limit(limit)
    )
    async with visit.core.reading(visit.actor) as session:
        return list(await session.scalars(statement))


async def events_of_last(visit: Visit, span: timedelta, limit: int) -> Sequence[WorkloadEvent]:
    """What happened within `span`."""
    return await events(visit, WorkloadEvent.at >= visit.core.clock.now() - span, limit=limit)


async def forgotten(visit: Visit, ids: Iterable[UUID]) -> list[Document]:
    """What the audit still knows of workloads that are gone: {id, command, args}."""
    columns = audit.c
    gone = (columns.resource == spec_of(Workload).plural, columns.action == "purge")
    statement = select(columns.row_id, columns.before).where(*gone, columns.row_id.in_(ids))
    async with visit.core.reading(visit.actor) as session:
        found = await session.execute(statement)
        return [{"args": [], **before, "id": str(key)} for key, before in found if before.get("command")]


async def last_decisions(visit: Visit, target: UUID) -> Sequence[Mapping[str, Any]]:
    """The newest decisions that changed a thing, with their proofs: {at, predicate, proof, action, …}."""
    about = decisions.c.target == str(target)
    changing = decisions.c.action.not_like("send %")
    statement = select(decisions).where(about, changing).order_by(decisions.c.at.desc()).limit(MOST_DECISIONS)
    async with visit.core.reading(visit.actor) as session:
        return [dict(found) for found in (await session.execute(statement)).mappings()]
