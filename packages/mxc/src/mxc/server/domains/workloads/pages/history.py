"""What happened to workloads, as entries of a timeline."""

from collections.abc import Sequence

from mxc.server.domains.workloads.workload_event import WorkloadEvent
from mxc.server.hosting.design.status import status_of
from mxc.server.hosting.design.timeline import Entry
from mxc.server.hosting.design.times import iso
from mxc.server.hosting.design.wording import Names, named


def entries(events: Sequence[WorkloadEvent], names: Names, *, with_name: bool) -> list[Entry]:
    """One entry per event, in the order given; `with_name` says which workload each is about."""
    return [_entry(each, names, with_name=with_name) for each in events]


def _entry(event: WorkloadEvent, names: Names, *, with_name: bool) -> Entry:
    became = (
        f"{event.from_status} → {event.to_status}" if event.from_status else f"created, {event.to_status}"
    )
    title = f"{named(str(event.workload_id), names)}: {became}" if with_name else became
    parts = [
        event.reason or "",
        f"on {named(str(event.node_id), names)}" if event.node_id else "",
        f"generation {event.generation}" if event.generation else "",
        f"by {named(event.actor.partition(':')[2] or event.actor, names)}",
    ]
    note = ", ".join(part for part in parts if part)
    return Entry(iso(event.at), title, note, status_of(event.to_status).tone)
