"""/workloads: every workload, live."""

from typing import Any

from nicegui import ui

from mxc.server.domains.workloads.pages import reading
from mxc.server.domains.workloads.pages.rows import WORKLOAD_CHIPS, WORKLOAD_COLUMNS, workload_row
from mxc.server.domains.workloads.workload import Workload
from mxc.server.hosting.design.data_table import DataTable, Ordering
from mxc.server.hosting.design.frame import page_head
from mxc.server.hosting.design.markup import box, button
from mxc.server.hosting.design.panel import empty_state
from mxc.server.hosting.live import Batch
from mxc.server.hosting.page import Visit, page

WATCHED = ("workloads", "nodes", "node_resources_free", "node_accepting")
FIRST = "mxc workloads create --cpu 1 --memory 128 -- python3 -c 'print(42)'"


@page("/workloads", "Workloads", menu="Workloads", icon="layers", order=10)
async def workload_list(visit: Visit) -> None:
    """Draws it."""
    with page_head("Workloads"):
        if visit.may(Workload.create):
            button("Deploy", lambda: ui.navigate.to("/workloads/new"), "m-primary", sign="add")
    shown = WorkloadTable(visit, await reading.workloads(visit), await reading.node_names(visit))
    visit.watch(WATCHED, shown.changed)


class WorkloadTable:
    """The table and what it must remember: names of nodes, and which rows wait for something."""

    def __init__(self, visit: Visit, documents: list[dict[str, Any]], names: dict[str, str]) -> None:
        self._visit = visit
        self._names = names
        self._pending = {each["id"]: each for each in documents if each["status"] == "pending"}
        with box("m-panel", tag="section"):
            self._empty = box()
            with self._empty:
                hint = "A workload is a command that must run on one of your nodes. Rules decide which."
                empty_state("layers", "No workloads yet", hint, try_this=FIRST)
            self._table = DataTable(
                WORKLOAD_COLUMNS, map(self._row, documents), noun="workloads",
                chips=WORKLOAD_CHIPS, order=Ordering("changed_at", down=True), keep=True,
            )  # fmt: skip
        self._count = {each["id"] for each in documents}
        self._show_empty()

    async def changed(self, batch: Batch) -> None:
        """Brings it up to date."""
        if batch.is_resync or any(note.id not in self._names for note in batch.of("nodes")):
            self._names = await reading.node_names(self._visit)
        if batch.is_resync:
            documents = await reading.workloads(self._visit)
            self._pending = {each["id"]: each for each in documents if each["status"] == "pending"}
            self._count = {each["id"] for each in documents}
            self._table.fill(map(self._row, documents))
        else:
            self._apply(batch)
        self._show_empty()

    def _apply(self, batch: Batch) -> None:
        notes = batch.of("workloads")
        gone = [note.id for note in notes if note.document is None]
        documents = {note.id: note.document for note in notes if note.document is not None}
        self._count = (self._count | documents.keys()) - set(gone)
        for key in (*gone, *documents):
            self._pending.pop(key, None)
        self._pending |= {key: each for key, each in documents.items() if each["status"] == "pending"}
        rows = [self._row(each) for each in (documents | self._pending).values()]
        if rows:
            self._table.put(rows)
        if gone:
            self._table.drop(gone)

    def _row(self, document: dict[str, Any]) -> dict[str, Any]:
        return workload_row(document, self._names, reading.waiting(self._visit, document))

    def _show_empty(self) -> None:
        self._empty.set_visibility(not self._count)
        self._table.set_visibility(bool(self._count))
