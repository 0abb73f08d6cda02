"""What happened to workloads, as entries of a timeline."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from mxc.server.domains.workloads.workload_event import WorkloadEvent
from mxc.server.hosting.design.status import status_of
from mxc.server.hosting.design.timeline import Entry
from mxc.server.hosting.design.times import iso
from mxc.server.hosting.design.wording import Names, named


def entries(events: Sequence[WorkloadEvent], names: Names, *, with_name: bool) -> list[Entry]:
    """One entry per event, in the order given; `with_name` says which workload each is about."""
    return [_entry(each, names, with_name=with_name) for each in events]


def latest(events: Sequence[WorkloadEvent], names: Names) -> list[Entry]:
    """The newest event of each workload, newest first, saying how many more there were."""
    counts = Counter(each.workload_id for each in events)
    newest = {each.workload_id: each for each in reversed(events)}
    ordered = sorted(newest.values(), key=lambda each: each.at, reverse=True)
    return [_with_count(_entry(each, names, with_name=True), counts[each.workload_id]) for each in ordered]


def _with_count(entry: Entry, count: int) -> Entry:
    if count == 1:
        return entry
    before = "1 more change" if count == 2 else f"{count - 1} more changes"
    return replace(entry, note=f"{entry.note}; {before} before")


def _entry(event: WorkloadEvent, names: Names, *, with_name: bool) -> Entry:
    title = f"{named(str(event.workload_id), names)}: {event.change}" if with_name else event.change
    parts = [
        event.reason or "",
        f"on {named(str(event.node_id), names)}" if event.node_id else "",
        f"generation {event.generation}" if event.generation else "",
        f"by {named(event.actor.partition(':')[2] or event.actor, names)}",
    ]
    note = ", ".join(part for part in parts if part)
    return Entry(iso(event.at), title, note, status_of(event.to_status).tone)
