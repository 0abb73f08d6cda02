"""/nodes: every node, live."""

from typing import Any

from mxc.server.domains.workloads.pages import reading
from mxc.server.domains.workloads.pages.rows import NODE_CHIPS, NODE_COLUMNS, node_row
from mxc.server.hosting.design.data_table import DataTable, Ordering
from mxc.server.hosting.design.frame import page_head
from mxc.server.hosting.design.markup import box
from mxc.server.hosting.design.panel import empty_state
from mxc.server.hosting.live import Batch
from mxc.server.hosting.page import Visit, page


@page("/nodes", "Nodes", menu="Nodes", icon="dns", order=20)
async def node_list(visit: Visit) -> None:
    """Draws it."""
    with page_head("Nodes"):
        pass
    shown = NodeTable(visit, await reading.nodes(visit))
    visit.watch(["nodes", "node_resources_used"], shown.changed)


class NodeTable:
    """The table, the documents it shows, and what was in use on each node when it was last drawn."""

    def __init__(self, visit: Visit, documents: list[reading.Document]) -> None:
        self._visit = visit
        self._documents = {each["id"]: each for each in documents}
        self._used = reading.in_use(visit)
        with box("m-panel", tag="section"):
            self._empty = box()
            with self._empty:
                hint = "A node is a machine whose agent runs workloads for you. It appears by itself."
                empty_state("dns", "No nodes yet", hint, try_this="mxc agent")
            self._table = DataTable(
                NODE_COLUMNS, map(self._row, documents), noun="nodes",
                chips=NODE_CHIPS, order=Ordering("hostname"), keep=True,
            )  # fmt: skip
        self._show_empty()

    async def changed(self, batch: Batch) -> None:
        """Brings it up to date."""
        before, self._used = self._used, reading.in_use(self._visit)
        if batch.is_resync:
            self._documents = {each["id"]: each for each in await reading.nodes(self._visit)}
            self._table.fill(map(self._row, self._documents.values()))
        else:
            self._apply(batch, {key for key, used in self._used.items() if before.get(key) != used})
        self._show_empty()

    def _apply(self, batch: Batch, busier: set[str]) -> None:
        notes = batch.of("nodes")
        here = {note.id: note.document for note in notes if note.document and not note.document["removed_at"]}
        gone = [note.id for note in notes if note.id not in here]
        known = {key: each for key, each in self._documents.items() if key not in gone} | here
        self._documents = known
        if rows := [self._row(known[key]) for key in known.keys() & (busier | here.keys())]:
            self._table.put(rows)
        if gone:
            self._table.drop(gone)

    def _row(self, document: reading.Document) -> dict[str, Any]:
        return node_row(reading.with_use(document, self._used))

    def _show_empty(self) -> None:
        self._empty.set_visibility(not self._documents)
        self._table.set_visibility(bool(self._documents))
