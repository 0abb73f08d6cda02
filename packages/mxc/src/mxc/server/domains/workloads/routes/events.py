"""Every committed state change, as it happens: a stream that can be taken up again where it broke off."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.workload_event import WorkloadEvent
from mxc.server.hosting.describe import answers
from mxc.server.hosting.reply import Event, event_stream
from mxc.server.hosting.request import Call, Caller
from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.facts.feed import Derived, Item, Note, Resync, Subscription
from mxc.server.kernel.resource import spec_of

router = APIRouter(prefix="/events", tags=["events"])
OVERLAP: Final = timedelta(seconds=5)
"""Transactions commit in another order than they took their time in: so far back is read again."""
BATCH: Final = 1000
MEASURED: Final = frozenset({"cpu_used", "memory_used", "last_heartbeat_at", "updated_at"})


@router.get("", **answers(stream=True))
async def events(call: Caller, request: Request) -> Response:
    """`workload` (a transition), `node` (what is said of it changed), `resync` (read everything again).

    The first event is `ready`. With `Last-Event-ID` the transitions since then follow, each at least once.
    """
    call.may_read(WorkloadEvent)
    last = await _last_seen(call, request.headers.get("last-event-id", ""))
    subscription = call.core.feed.subscribe(call.actor.tenant_id, call.actor.partition_id)
    return event_stream(_stream(call, subscription, last), call.admitted)


@dataclass(slots=True)
class _Told:
    """What this reader has been told: transitions by id, and what was said of each node."""

    since: datetime
    ids: dict[UUID, datetime] = field(default_factory=dict)
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def forget(self) -> None:
        """Drops what lies too far back to be read again."""
        self.ids = {key: at for key, at in self.ids.items() if at >= self.since - OVERLAP}


async def _last_seen(call: Call, text: str) -> WorkloadEvent | None:
    if not text:
        return None
    try:
        return await call.core.get(call.actor, WorkloadEvent, UUID(text))
    except ValueError:
        raise Invalid(fields={"Last-Event-ID": ["is not the id of an event of ours"]}) from None


async def _stream(call: Call, subscription: Subscription, last: WorkloadEvent | None) -> AsyncIterator[Event]:
    try:
        told = _Told(last.at if last else call.core.clock.now())
        if last is not None:
            told.ids[last.id] = last.at
        else:
            await _skip(call, told)
        told.nodes = {str(node.id): _said(_document(call, node)) for node in await _nodes(call)}
        yield Event("ready", {})
        async for event in _transitions(call, told):
            yield event
        async for item in subscription:
            async for event in _events_of(call, told, item):
                yield event
    finally:
        subscription.close()


async def _skip(call: Call, told: _Told) -> None:
    """Counts what happened just before as told."""
    async for _ in _transitions(call, told):
        pass


async def _events_of(call: Call, told: _Told, item: Item) -> AsyncIterator[Event]:
    match item:
        case Resync():
            yield Event("resync", {})
            async for event in _transitions(call, told):
                yield event
        case Note(relation="workloads"):
            async for event in _transitions(call, told):
                yield event
        case Note(relation="nodes"):
            if changed := _node_event(told, item):
                yield changed
        case Note() | Derived():
            pass


def _node_event(told: _Told, note: Note) -> Event | None:
    """What is said of a node, when it differs from what was said before; measurements are no change."""
    if note.document is None:
        is_news = told.nodes.pop(note.id, None) is not None
        return Event("node", {"id": note.id, "status": "removed"}) if is_news else None
    said = _said(note.document)
    if told.nodes.get(note.id) == said:
        return None
    told.nodes[note.id] = said
    return Event("node", said)


async def _transitions(call: Call, told: _Told) -> AsyncIterator[Event]:
    """Those not told yet, in the order of their time."""
    while True:
        rows = await _rows(call, told)
        for row in rows:
            told.ids[row.id] = row.at
            told.since = max(told.since, row.at)
            document = spec_of(WorkloadEvent).document(row, now=call.core.clock.now())
            yield Event("workload", document, str(row.id))
        if len(rows) < BATCH:
            told.forget()
            return


async def _rows(call: Call, told: _Told) -> list[WorkloadEvent]:
    recent = WorkloadEvent.at >= told.since - OVERLAP
    unseen = WorkloadEvent.id.not_in(list(told.ids))
    order = (WorkloadEvent.at, WorkloadEvent.id)
    return await call.core.select(call.actor, WorkloadEvent, recent, unseen, order=order, limit=BATCH)


async def _nodes(call: Call) -> list[Node]:
    return await call.core.select(call.actor, Node, limit=100_000)


def _document(call: Call, node: Node) -> dict[str, Any]:
    return spec_of(Node).document(node, now=call.core.clock.now())


def _said(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in MEASURED}
