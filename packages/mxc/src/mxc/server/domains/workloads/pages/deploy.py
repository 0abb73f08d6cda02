"""/workloads/new: the deploy form. While it is filled in it says where the workload could run."""

from collections.abc import Mapping
from typing import Any, Final

from nicegui import ui

from mxc.server.domains.workloads.pages import reading
from mxc.server.domains.workloads.pages.landing import Place, places_for
from mxc.server.domains.workloads.workload import Workload
from mxc.server.hosting.design.form import Form
from mxc.server.hosting.design.frame import page_head
from mxc.server.hosting.design.markup import box, button, text, with_attributes
from mxc.server.hosting.design.panel import panel
from mxc.server.hosting.design.region import Region
from mxc.server.hosting.design.status import Status, Tone, badge
from mxc.server.hosting.design.toast import toast_error
from mxc.server.hosting.live import Batch
from mxc.server.hosting.page import Visit, page
from mxc.server.kernel.errors import Forbidden, Invalid, MxcError
from mxc.server.kernel.resource import spec_of

FIELDS: Final = (
    "command", "args", "cpu_required", "memory_required", "constraints", "env",
    "restart_policy", "restart_max", "strategy", "priority",
)  # fmt: skip
LABELS: Final = {
    "cpu_required": "Cores",
    "memory_required": "Memory",
    "args": "Arguments",
    "env": "Environment",
}
HINTS: Final = {
    "command": "A program on the node, by name or path.",
    "args": "As on a shell; quotes keep words together.",
    "memory_required": "MB",
    "constraints": "One per line: zone = eu, memory_gb = >=64, group = web",
    "env": "One per line: NAME = value",
    "priority": "Higher goes first.",
}


@page("/workloads/new", "Deploy")
async def deploy(visit: Visit) -> None:
    """Draws it."""
    if not visit.may(Workload.create):
        raise Forbidden("deploying needs the role operator", hint="Ask an administrator.")
    with page_head("Deploy a workload"):
        pass
    with box("m-columns"):
        form = _Deploy(visit)
        with panel("Where it would land", flush=True):
            form.landing = Region(_draw_places)
    await form.judge()
    visit.watch(("node_resources_free", "node_accepting", "nodes"), form.changed)


class _Deploy:
    landing: Region[tuple[Place, ...] | None]

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        with panel("Workload"):
            self._form = Form(spec_of(Workload), FIELDS, hints=HINTS, labels=LABELS, on_change=self.judge)
            with box("m-row m-form-foot"):
                self._button = button("Deploy", self._deploy, "m-primary", sign="rocket_launch")
                button("Cancel", lambda: ui.navigate.to("/workloads"), "m-plain")

    async def judge(self) -> None:
        """Says what is wrong with what was typed so far, and where it could run."""
        values = self._values()
        with_attributes(self._button, disabled=values is None)
        facts = reading.facts_of(self._visit)
        self.landing.show(places_for(facts, values) if values is not None and facts is not None else None)

    async def changed(self, _: Batch) -> None:
        """Nodes changed meanwhile."""
        await self.judge()

    def _values(self) -> Mapping[str, Any] | None:
        try:
            values = self._form.values()
        except Invalid as error:
            self._form.show(error.fields, all_fields=False)
            return None
        self._form.show({})
        return values

    async def _deploy(self) -> None:
        try:
            created = await self._visit.perform(Workload.create, **self._form.values())
        except Invalid as error:
            self._form.show(error.fields)
        except MxcError as error:
            toast_error(error)
        else:
            ui.navigate.to(f"/workloads/{created.id}")


def _draw_places(places: tuple[Place, ...] | None) -> None:
    if places is None:
        text("Fill in the form: the nodes are judged as you type.", "m-quiet m-pad")
        return
    if not places:
        text("No node has joined yet: it would wait for the first.", "m-quiet m-pad")
        return
    with box("m-list", tag="ul"):
        for each in places:
            with box("m-list-item", tag="li"):
                text(each.hostname, "m-list-name", tag="span")
                badge(_verdict(each))
    text("Operators' rules are judged when it is created.", "m-hint m-pad")


def _verdict(place: Place) -> Status:
    if place.objection:
        return Status("no", Tone.OFF, place.objection)
    return Status("first choice", Tone.OK) if place.is_chosen else Status("fits", Tone.OK)
