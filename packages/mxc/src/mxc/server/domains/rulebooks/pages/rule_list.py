"""/rules: the operators' rules, and which of them are loaded."""

from collections.abc import Mapping
from typing import Any, Final

from nicegui import ui

from mxc.server.domains.rulebooks.scheduling_rule import SchedulingRule
from mxc.server.hosting.design.data_table import Column, DataTable, Ordering
from mxc.server.hosting.design.frame import page_head
from mxc.server.hosting.design.markup import box, button
from mxc.server.hosting.design.panel import empty_state
from mxc.server.hosting.design.status import Status, status_of
from mxc.server.hosting.live import Batch
from mxc.server.hosting.page import Visit, page
from mxc.server.kernel.errors import Unavailable
from mxc.server.kernel.resource import spec_of

COLUMNS: Final = (
    Column("name", "Name", width="24%"),
    Column("status", "Status", kind="status", width="28%"),
    Column("description", "Description", wide=True),
    Column("changed_at", "Changed", kind="time", width="112px", right=True, wide=True),
)
MOST: Final = 1000
HINT: Final = "A rule adds to ours: which node a workload must not run on, which failures are hopeless."


@page("/rules", "Rules", menu="Rules", icon="rule", order=30)
async def rule_list(visit: Visit) -> None:
    """Draws it."""
    with page_head("Rules"):
        if visit.may(SchedulingRule.create):
            button("New rule", lambda: ui.navigate.to("/rules/new"), "m-primary", sign="add")
    rows = await _rows(visit)
    with box("m-panel", tag="section"):
        empty = box()
        with empty:
            empty_state("rule", "No rules of your own", HINT, try_this="mxc rules add my.dl")
        table = DataTable(COLUMNS, rows, noun="rules", order=Ordering("name"), keep=True)

    def show_empty(count: int) -> None:
        empty.set_visibility(not count)
        table.set_visibility(bool(count))

    async def changed(_: Batch) -> None:
        rows = await _rows(visit)
        table.fill(rows)
        show_empty(len(rows))

    show_empty(len(rows))
    visit.watch(["scheduling_rules"], changed)


async def _rows(visit: Visit) -> list[dict[str, Any]]:
    found = await visit.core.select(visit.actor, SchedulingRule, order=(SchedulingRule.name,), limit=MOST)
    spec, now, faults = spec_of(SchedulingRule), visit.core.clock.now(), faults_of(visit)
    return [_row(spec.document(each, now=now), faults) for each in found]


def faults_of(visit: Visit) -> Mapping[str, Any]:
    """The rules that could not be loaded, by name; none known while the engine is loading."""
    try:
        return visit.core.facts(visit.actor).rule_faults
    except Unavailable:
        return {}


def rule_status(document: Mapping[str, Any], faults: Mapping[str, Any]) -> Status:
    """Enabled, disabled, draft, shadow, or refused with the first reason."""
    if not document["is_enabled"]:
        return status_of("disabled")
    fault = faults.get(document["name"])
    if fault is not None:
        return status_of("refused", str(fault.diagnostics[0]["message"]) if fault.diagnostics else "")
    return status_of("enabled" if document["mode"] == "enforce" else str(document["mode"]))


def _row(document: Mapping[str, Any], faults: Mapping[str, Any]) -> dict[str, Any]:
    status = rule_status(document, faults)
    return {
        "id": document["id"],
        "href": f"/rules/{document['id']}",
        "name": document["name"],
        "status": status.cell(),
        "description": document["description"],
        "changed_at": document["updated_at"],
        "tags": [status.word],
        "under": document["description"],
        "search": document["rule_text"],
    }
