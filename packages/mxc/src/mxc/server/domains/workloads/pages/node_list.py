"""/nodes: every node, live."""

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
    documents = await reading.nodes(visit)
    known = {each["id"] for each in documents}
    with box("m-panel", tag="section"):
        empty = box()
        with empty:
            hint = "A node is a machine whose agent runs workloads for you. It appears by itself."
            empty_state("dns", "No nodes yet", hint, try_this="mxc agent")
        table = DataTable(
            NODE_COLUMNS, map(node_row, documents), noun="nodes",
            chips=NODE_CHIPS, order=Ordering("hostname"), keep=True,
        )  # fmt: skip

    def show_empty() -> None:
        empty.set_visibility(not known)
        table.set_visibility(bool(known))

    async def changed(batch: Batch) -> None:
        if batch.is_resync:
            fresh = await reading.nodes(visit)
            known.clear()
            known.update(each["id"] for each in fresh)
            table.fill(map(node_row, fresh))
        else:
            _apply(table, batch, known)
        show_empty()

    show_empty()
    visit.watch(["nodes"], changed)


def _apply(table: DataTable, batch: Batch, known: set[str]) -> None:
    notes = batch.of("nodes")
    here = [note.document for note in notes if note.document and not note.document["removed_at"]]
    gone = [note.id for note in notes if not note.document or note.document["removed_at"]]
    known.update(each["id"] for each in here)
    known.difference_update(gone)
    if here:
        table.put(map(node_row, here))
    if gone:
        table.drop(gone)
