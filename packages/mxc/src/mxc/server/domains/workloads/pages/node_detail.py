"""/nodes/{id}: what the machine is, whether we hear from it and why, what runs there, what can be done."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.pages import reading
from mxc.server.domains.workloads.pages.consequences import consequences_of
from mxc.server.domains.workloads.pages.raw import raw_panel
from mxc.server.domains.workloads.pages.rows import WORKLOAD_COLUMNS, node_status, short_command, workload_row
from mxc.server.domains.workloads.workload import Workload
from mxc.server.hosting.acting import doing
from mxc.server.hosting.design.confirm import asks_first
from mxc.server.hosting.design.data_table import DataTable, Ordering
from mxc.server.hosting.design.entity import entity_header
from mxc.server.hosting.design.markup import box, button, text
from mxc.server.hosting.design.panel import fact_list, figure, panel
from mxc.server.hosting.design.proof_tree import proof_tree
from mxc.server.hosting.design.refusal_card import refusal_card
from mxc.server.hosting.design.region import Region
from mxc.server.hosting.design.status import badge, status_of
from mxc.server.hosting.design.times import amount, memory, moment
from mxc.server.hosting.live import Batch
from mxc.server.hosting.page import Visit, page, row_id

Document = Mapping[str, Any]
WATCHED: Final = ("workloads", "nodes", "node_healthy", "node_accepting", "node_resources_used")
JUDGEMENTS: Final = ("node_healthy", "node_accepting")


@page("/nodes/{id}", "Node")
async def node_detail(visit: Visit, **path: str) -> None:
    """Draws it."""
    shown = _Detail(visit, row_id(path["id"]))
    await shown.refresh()
    visit.watch(WATCHED, shown.changed)


class _Detail:
    def __init__(self, visit: Visit, node_id: UUID) -> None:
        self._visit = visit
        self._id = node_id
        self._names: dict[str, str] = {}
        self._head = Region(partial(_head, visit))
        with box("m-columns"):
            with box("m-stack"):
                with panel("Room", flush=True):
                    self._room = Region(_draw_room, "m-figures")
                with panel("Workloads here", flush=True):
                    columns = [each for each in WORKLOAD_COLUMNS if each.key != "node"]
                    self._table = DataTable(
                        columns, (), noun="workloads", order=Ordering("changed_at", down=True)
                    )
                with panel("Why"):
                    self._why = Region(_draw_why, "m-stack")
            with box("m-stack"):
                with panel("Now"):
                    self._now = Region(_draw_now)
                self._raw: Region[Document] = Region(_draw_raw)

    async def changed(self, batch: Batch) -> None:
        """Reads again what is shown."""
        others = {note.id for note in batch.of("nodes")} - {str(self._id)}
        if others and not batch.of("workloads") and not batch.derived and not batch.is_resync:
            return
        await self.refresh()

    async def refresh(self) -> None:
        """Draws what changed."""
        row = await self._visit.core.get(self._visit.actor, Node, self._id)
        document = reading.document(self._visit, row)
        here = await reading.workloads(self._visit, Workload.node_id == self._id)
        self._names = {str(self._id): row.hostname, **{each["id"]: short_command(each) for each in here}}
        self._head.show((document, len(here)))
        self._now.show(document)
        self._room.show(_room(self._visit, document))
        self._why.show(_why(self._visit, self._id, self._names))
        self._raw.show(document)
        self._table.fill([workload_row(each, self._names, None) for each in here])


def _head(visit: Visit, shown: tuple[Document, int]) -> None:
    document, count = shown
    facts = {
        "cores": amount(document["cpu_total"]),
        "memory": memory(document["memory_total"]),
        "workloads": str(count),
        "agent": document["agent_version"],
    }
    with entity_header(
        document["hostname"], node_status(document), identity=document["id"],
        facts=facts, trail=[("Nodes", "/nodes")],
    ):  # fmt: skip
        if document["removed_at"] is None:
            _actions(visit, document, count)


def _actions(visit: Visit, document: Document, count: int) -> None:
    key, name, intent = UUID(document["id"]), document["hostname"], document["intent"]
    runs = f"{count} workloads run here"
    if intent != "schedulable" and visit.may(Node.uncordon):
        button("Uncordon", doing(visit, Node.uncordon, key, "places work there again"), sign="lock_open")
    if intent == "schedulable" and visit.may(Node.cordon):
        button("Cordon", doing(visit, Node.cordon, key, "places nothing new there"), sign="lock")
    if intent != "draining" and visit.may(Node.drain):
        moves = consequences_of(
            visit, key, Node.drain,
            [f"{runs}; they are stopped one by one and placed elsewhere, where a node has room."],
        )  # fmt: skip
        drain = doing(visit, Node.drain, key, "draining")
        button("Drain", asks_first(f"Drain {name}?", moves, "Drain", drain), "m-danger", sign="output")
    if visit.may(Node.delete):
        ends = consequences_of(
            visit, key, Node.delete,
            [f"{runs}; they are stopped.", "The node never comes back under this id."],
        )  # fmt: skip
        delete = doing(visit, Node.delete, key, "deleted")
        ask = asks_first(f"Delete {name}?", ends, "Delete", delete)
        button("Delete", ask, "m-danger", sign="delete")


def _room(visit: Visit, document: Document) -> tuple[tuple[str, str, str, float], ...]:
    """(label, used, of, share) per resource: what the engine counts as used, else what the agent observed."""
    counted = reading.with_use(dict(document), reading.in_use(visit))
    cpu, megabytes = counted["cpu_used"], counted["memory_used"]
    totals = document["cpu_total"], document["memory_total"]
    seen = document["cpu_used"], document["memory_used"]
    return (
        ("Cores in use", amount(cpu), f"of {amount(totals[0])}", cpu / totals[0]),
        ("Memory in use", memory(megabytes), f"of {memory(totals[1])}", megabytes / totals[1]),
        ("Cores observed", amount(seen[0]), "by the agent", seen[0] / totals[0]),
        ("Memory observed", memory(seen[1]), "by the agent", seen[1] / totals[1]),
    )


def _draw_room(numbers: tuple[tuple[str, str, str, float], ...]) -> None:
    for label, value, of, share in numbers:
        figure(label, value, of, share=share)


def _why(visit: Visit, node_id: UUID, names: Mapping[str, str]) -> tuple[tuple[str, Any, Any], ...]:
    """(judgement, its proof or None, why not or None) of what is judged about a node."""
    facts = reading.facts_of(visit)
    if facts is None:
        return ()
    found = []
    for judgement in JUDGEMENTS:
        proof = facts.explain(judgement, str(node_id))
        refused = None if proof else facts.why_not(judgement, str(node_id)).tree
        found.append((judgement, (proof.tree, names) if proof else None, (refused, names)))
    return tuple(found)


def _draw_why(judgements: tuple[tuple[str, Any, Any], ...]) -> None:
    if not judgements:
        text("The rules are being loaded.", "m-quiet")
    for judgement, proof, refused in judgements:
        if proof is not None:
            proof_tree(*proof)
        else:
            tree, names = refused
            refusal_card({f"not {judgement.removeprefix('node_')}": tree}, names)


def _draw_raw(document: Document) -> None:
    raw_panel(document, [f"mxc nodes show {document['id']}"])


def _draw_now(document: Document) -> None:
    values: dict[str, object | Callable[[], object]] = {
        "Heard": lambda: badge(status_of(document["liveness"])),
        "Last heartbeat": lambda: moment(document["last_heartbeat_at"]),
        "Wanted": lambda: badge(status_of(document["intent"])),
        "Hypervisor": document["hypervisor"],
        "Joined": lambda: moment(document["created_at"]),
    }
    fact_list(values | {str(key): str(value) for key, value in document["capabilities"].items()})
