"""/workloads/{id}: what it is, why, what happened, what it writes, and what can be done."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from mxc.server.domains.workloads.pages import reading
from mxc.server.domains.workloads.pages.history import entries
from mxc.server.domains.workloads.pages.output import Output
from mxc.server.domains.workloads.pages.raw import raw_panel
from mxc.server.domains.workloads.pages.reasons import draw_reasons, reasons_of
from mxc.server.domains.workloads.pages.rows import program_of, short_command, workload_status
from mxc.server.domains.workloads.workload import Status, Workload
from mxc.server.domains.workloads.workload_event import WorkloadEvent
from mxc.server.hosting.acting import doing
from mxc.server.hosting.design.confirm import asks_first
from mxc.server.hosting.design.entity import entity_header
from mxc.server.hosting.design.log_view import LogView
from mxc.server.hosting.design.markup import box, button, link, with_attributes
from mxc.server.hosting.design.panel import empty_state, fact_list, panel
from mxc.server.hosting.design.region import Region
from mxc.server.hosting.design.status import badge
from mxc.server.hosting.design.timeline import Entry, timeline
from mxc.server.hosting.design.times import amount, duration, memory, moment
from mxc.server.hosting.design.wording import Names
from mxc.server.hosting.live import Batch
from mxc.server.hosting.page import Visit, page, row_id
from mxc.server.kernel.errors import NotFound

Document = Mapping[str, Any]
EVENTS: Final = 100
WATCHED: Final = ("workloads", "nodes", "node_resources_free", "node_accepting", "workload_waiting")


@page("/workloads/{id}", "Workload")
async def workload_detail(visit: Visit, **path: str) -> None:
    """Draws it."""
    shown = _Detail(visit, row_id(path["id"]))
    await shown.refresh()
    visit.watch(WATCHED, shown.changed)


class _Detail:
    def __init__(self, visit: Visit, workload_id: UUID) -> None:
        self._visit = visit
        self._id = workload_id
        self._gone: Region[str] = Region(lambda words: empty_state("delete", "Deleted", words))
        with box() as self._body:
            self._head = Region(partial(_head, visit))
            with box("m-columns"):
                with box("m-stack"):
                    with panel("Why", flush=True):
                        self._why = Region(partial(draw_reasons, visit))
                    with panel("Output", flush=True):
                        self._output = Output(visit, workload_id, LogView("Output"))
                    self._raw: Region[Document] = Region(_draw_raw)
                with box("m-stack"):
                    with panel("Now"):
                        self._now = Region(_now)
                    with panel("Timeline", flush=True):
                        self._history: Region[Sequence[Entry]] = Region(timeline)

    async def changed(self, batch: Batch) -> None:
        """Reads again what is shown, when it is about this workload or what it waits for."""
        notes = {note.id for note in batch.of("workloads")}
        if notes and str(self._id) not in notes and not batch.derived and not batch.is_resync:
            return
        try:
            await self.refresh()
        except NotFound:
            self._output.stop()
            self._body.clear()
            self._gone.show("This workload is gone.")

    async def refresh(self) -> None:
        """Draws what changed. Raises NotFound when it is gone."""
        row = await self._visit.core.get(self._visit.actor, Workload, self._id)
        document = reading.document(self._visit, row)
        names = {**await reading.node_names(self._visit), str(self._id): program_of(document)}
        waiting = reading.waiting(self._visit, document)
        events = await reading.events(self._visit, WorkloadEvent.workload_id == self._id, limit=EVENTS)
        self._head.show((document, waiting, names))
        self._now.show((document | {"retry_at": reading.next_try(self._visit, document)}, waiting, names))
        self._why.show(await reasons_of(self._visit, document, names))
        self._history.show(entries(events, names, with_name=False))
        self._raw.show(document)
        self._output.follow(row.node_id or row.last_node_id, row.generation)


def _head(visit: Visit, shown: tuple[Document, str | None, Names]) -> None:
    document, waiting, names = shown
    facts = {"cores": amount(document["cpu_required"]), "memory": memory(document["memory_required"])}
    if document["node_id"]:
        facts = {"on": names.get(document["node_id"], document["node_id"][:8]), **facts}
    with entity_header(
        short_command(document), workload_status(document, waiting), identity=document["id"],
        facts=facts, trail=[("Workloads", "/workloads")],
    ):  # fmt: skip
        _actions(visit, document)


def _actions(visit: Visit, document: Document) -> None:
    key, name = UUID(document["id"]), short_command(document)
    state = Status(document["status"])
    restart = doing(visit, Workload.restart, key, "asked to run again")
    stop = doing(visit, Workload.stop, key, "asked to stop")
    delete = doing(visit, Workload.delete, key, "asked to delete")
    if visit.may(Workload.restart):
        shown = button("Restart", restart, sign="restart_alt")
        _enable(shown, state in Workload.restart.moves)
    if visit.may(Workload.stop):
        consequences = partial(_stopping, document)
        shown = button(
            "Stop", asks_first(f"Stop {name}?", consequences, "Stop", stop), "m-danger", sign="stop"
        )
        _enable(shown, state in Workload.stop.moves)
    if visit.may(Workload.delete):
        ask = asks_first(f"Delete {name}?", partial(_deleting, document), "Delete", delete)
        shown = button("Delete", ask, "m-danger", sign="delete")
        _enable(shown, not document["is_deleting"])


def _enable(shown: Any, is_possible: bool) -> None:
    if not is_possible:
        with_attributes(shown, disabled=True, title="not from this state")


def _stopping(document: Document) -> list[str]:
    if document["status"] == "pending":
        return [
            "It does not run yet: it is cancelled and frees nothing.",
            "It is not started again by itself.",
        ]
    grace = duration(document["stop_grace_s"])
    return [
        f"The process is asked to end, and killed if it still runs after {grace}.",
        f"{amount(document['cpu_required'])} cores and {memory(document['memory_required'])} become free.",
        "It is not started again by itself, whatever its restart policy.",
    ]


def _deleting(document: Document) -> list[str]:
    ends = _stopping(document)[:1] if document["status"] in ("starting", "running", "pending") else []
    return [*ends, "Then the workload and its history are forgotten. This cannot be undone."]


def _now(shown: tuple[Document, str | None, Names]) -> None:
    document, waiting, names = shown
    values: dict[str, object] = {
        "Waits for": waiting,
        "Reason": document["reason"],
        "Error": document["error"],
        "Exit code": document["exit_code"],
        "Type": document["type"],
        "Generation": document["generation"],
        "Restart": document["restart_policy"],
        "Attempts": f"{document['restart_count']} of {document['restart_max']} used",
        "Constraints": ", ".join(f"{key} = {value}" for key, value in document["constraints"].items()),
    }
    marks = {
        "Next try": "retry_at",
        "Created": "created_at",
        "Started": "started_at",
        "Stopped": "stopped_at",
    }
    times = {label: partial(moment, document[name]) for label, name in marks.items() if document[name]}
    said = {label: value for label, value in values.items() if value not in (None, "")}
    node = document["node_id"] or document["last_node_id"]
    where = {"Node": partial(link, names.get(node, node[:8]), f"/nodes/{node}")} if node else {}
    fact_list({"Status": partial(badge, workload_status(document, None)), **where, **said, **times})


def _draw_raw(document: Document) -> None:
    raw_panel(document, _commands(document))


def _commands(document: Document) -> list[str]:
    key = document["id"]
    return [f"mxc workloads show {key}", f"mxc why {key}", f"mxc workloads logs {key} --follow"]
