"""Workloads over REST: created (and waited for), and what a pending one waits for."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any, Final, Literal
from uuid import uuid4

from fastapi import APIRouter, Query, Response

from mxc.server.domains.workloads.waiting import TURN, is_held_up, waiting_for
from mxc.server.domains.workloads.workload import Status, Workload
from mxc.server.domains.workloads.workload_event import WorkloadEvent
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.exposure import Document, Exposure
from mxc.server.hosting.lookup import find
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Call, Caller
from mxc.server.hosting.schema import JSON, model_schema
from mxc.server.kernel.errors import Unavailable
from mxc.server.kernel.facts.feed import Note, Subscription
from mxc.server.kernel.resource import checked, spec_of

router = APIRouter(prefix="/workloads", tags=["workloads"])
PLACED_WITHIN_S: Final = 1.0
SPEC: Final = spec_of(Workload)


async def enrich(call: Call, documents: Sequence[Document]) -> None:
    """Says of each pending workload what it waits for, and of each placed one what its node is called."""
    for document in documents:
        is_pending = document["status"] == Status.PENDING.value
        document["waiting_for"] = _waiting(call, document["id"]) if is_pending else None
        document["hostname"] = _hostname(call, document["node_id"]) if document["node_id"] else None


def _waiting(call: Call, workload: str) -> str | None:
    with suppress(Unavailable):
        engine = call.core.facts(call.actor)
        if engine.query("workload", workload, ..., ...):
            return waiting_for(engine, workload)
        return TURN
    return "a coordinator that leads"


def _hostname(call: Call, node: str) -> str | None:
    with suppress(Unavailable):
        for _, hostname, _ in call.core.facts(call.actor).query("node", node, ..., ...):
            return str(hostname)
    return None


exposure = Exposure(
    Workload,
    without=frozenset({"create", "update"}),
    also={"waiting_for": {"type": ["string", "null"]}, "hostname": {"type": ["string", "null"]}},
    enrich=enrich,
    listed=("status", "command", "args", "hostname", "cpu_required", "memory_required", "reason"),
)
CREATE: Final = answers(status=201)
CREATE["openapi_extra"] = {
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": model_schema(SPEC.create_model, SPEC.aliases)}},
    }
}


@router.post("", **CREATE)
async def create(
    call: Caller, body: Body, wait: Annotated[Literal["placed"] | None, Query()] = None
) -> Response:
    """Run a command somewhere. `wait=placed` answers once it is placed, or it is known what it waits for."""
    values = checked(SPEC.create_model, body, SPEC.aliases)
    watched = call.core.feed.subscribe(call.actor.tenant_id) if wait else None
    row = await call.core.perform(call.actor, Workload.create, uuid4(), **values)
    if watched is not None:
        await _placed(call, watched, str(row.id))
        row = await call.core.get(call.actor, Workload, row.id)
    document = SPEC.document(row, now=call.core.clock.now())
    await enrich(call, [document])
    return reply(document, 201)


async def _placed(call: Call, watched: Subscription, workload: str) -> None:
    """Returns once the workload is placed, or held up by something, or when it takes too long."""
    with suppress(TimeoutError, Unavailable):
        async with asyncio.timeout(PLACED_WITHIN_S):
            async for item in watched:
                if not isinstance(item, Note) or item.id != workload:
                    continue
                if _has_left(item.document) or is_held_up(call.core.facts(call.actor), workload):
                    return


def _has_left(document: dict[str, Any] | None) -> bool:
    return document is None or document["status"] != Status.PENDING.value


@router.get("/{row_id}/events", **answers())
async def events(call: Caller, row_id: str, limit: Annotated[int, Query(ge=1, le=1000)] = 200) -> Response:
    """Every transition it made, oldest first: who, why, when, and the decision that proves it."""
    row = await find(call, Workload, row_id)
    newest = (WorkloadEvent.at.desc(), WorkloadEvent.id.desc())
    rows = await call.core.select(
        call.actor, WorkloadEvent, WorkloadEvent.workload_id == row.id, order=newest, limit=limit
    )
    now, spec = call.core.clock.now(), spec_of(WorkloadEvent)
    return reply([spec.document(each, now=now) for each in reversed(rows)])
