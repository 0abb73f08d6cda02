"""/rules/{id} and /rules/new: a rule, edited with its check running."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from nicegui import ui

from datalox import DatalogError
from mxc.server.domains.rulebooks.conclusions import conclusions, told
from mxc.server.domains.rulebooks.pages.rule_list import faults_of, rule_status
from mxc.server.domains.rulebooks.routes.rules import examine
from mxc.server.domains.rulebooks.scheduling_rule import SchedulingRule
from mxc.server.hosting.acting import doing
from mxc.server.hosting.design.confirm import asks_first
from mxc.server.hosting.design.entity import entity_header
from mxc.server.hosting.design.form import Form
from mxc.server.hosting.design.frame import page_head
from mxc.server.hosting.design.markup import box, button, text, with_attributes
from mxc.server.hosting.design.panel import panel
from mxc.server.hosting.design.region import Region
from mxc.server.hosting.design.rule_editor import Diagnostic, RuleEditor
from mxc.server.hosting.design.status import Status
from mxc.server.hosting.design.toast import toast, toast_error
from mxc.server.hosting.live import Batch
from mxc.server.hosting.page import Visit, page, row_id
from mxc.server.hosting.request import Call
from mxc.server.kernel.errors import Invalid, MxcError, NotFound, Unavailable
from mxc.server.kernel.resource import spec_of

FIELDS: Final = ("name", "description")
HINTS: Final = {"name": "How it is called in proofs.", "description": "What it is for, for the next person."}
EXAMPLE: Final = """% At most five workloads per node.
constraint_violated(Workload, Node) :-
    count(W, workload_placement(W, Node), N), N >= 5.
"""


@page("/rules/new", "New rule")
async def new_rule(visit: Visit) -> None:
    """Draws an empty editor with an example in it."""
    with page_head("New rule"):
        pass
    _Editor(visit, None)


@page("/rules/{id}", "Rule")
async def rule_detail(visit: Visit, **path: str) -> None:
    """Draws one rule."""
    key = row_id(path["id"])
    rule = await visit.core.get(visit.actor, SchedulingRule, key)
    head = Region(partial(_head, visit))
    _Editor(visit, rule)

    async def refresh(_: Batch | None = None) -> None:
        try:
            fresh = await visit.core.get(visit.actor, SchedulingRule, key)
        except NotFound:
            ui.navigate.to("/rules")
            return
        document = spec_of(SchedulingRule).document(fresh, now=visit.core.clock.now())
        head.show((document, rule_status(document, faults_of(visit))))

    await refresh()
    visit.watch(["scheduling_rules"], refresh)


class _Editor:
    def __init__(self, visit: Visit, rule: SchedulingRule | None) -> None:
        self._visit = visit
        self._rule = rule
        self._may_save = visit.may(SchedulingRule.create if rule is None else SchedulingRule.update)
        self._save: ui.element | None = None
        with panel("Rule"):
            self._form = Form(
                spec_of(SchedulingRule), FIELDS, hints=HINTS, labels={}, on_change=self._changed
            )
            if rule is not None:
                self._form.set("name", rule.name)
                self._form.set("description", rule.description)
            text("Rule text", "m-label")
            self._editor = RuleEditor(
                rule.rule_text if rule else EXAMPLE, self._check, on_verdict=self._judged
            )
            with box("m-row m-form-foot"):
                self._save = button("Save", self._store, "m-primary", sign="save")
                button("Back", lambda: ui.navigate.to("/rules"), "m-plain")
        self._judged(self._editor.is_refused)

    def _check(self, words: str) -> list[Diagnostic]:
        name = str(self._name() or "draft")
        try:
            return self._visit.core.facts(self._visit.actor).check(name, words)
        except Unavailable as error:
            return [{"message": error.message, "hint": error.hint, "severity": "error"}]

    def _name(self) -> str:
        return str(self._form.raw("name")).strip()

    def _judged(self, is_refused: bool) -> None:
        if self._save is not None:
            with_attributes(self._save, disabled=is_refused or not self._may_save)

    async def _changed(self) -> None:
        self._form.show(self._complaints(), all_fields=False)

    def _complaints(self) -> dict[str, list[str]]:
        try:
            self._values()
        except Invalid as error:
            return error.fields
        return {}

    def _values(self) -> dict[str, Any]:
        return self._form.values(extra={"rule_text": self._editor.value})

    async def _store(self) -> None:
        try:
            values = self._values()
            call = Call(self._visit.core, self._visit.actor)
            await examine(call, values, self._rule)
            await self._write(values)
        except Invalid as error:
            self._form.show(error.fields)
            if "rule_text" in error.fields:
                toast_error(error)
        except MxcError as error:
            toast_error(error)

    async def _write(self, values: dict[str, Any]) -> None:
        if self._rule is not None:
            self._rule = await self._visit.perform(SchedulingRule.update, self._rule.id, **values)
            toast("saved; what it derives is already so")
            return
        created = await self._visit.perform(SchedulingRule.create, **values)
        ui.navigate.to(f"/rules/{created.id}")


def _head(visit: Visit, shown: tuple[dict[str, Any], Status]) -> None:
    document, status = shown
    key, name = UUID(document["id"]), document["name"]
    with entity_header(
        name, status, identity=document["id"], facts={"version": str(document["version"])},
        trail=[("Rules", "/rules")],
    ):  # fmt: skip
        if not visit.may(SchedulingRule.update):
            return
        if document["is_enabled"]:
            ends = ["What it derives vanishes at once; what was placed stays where it is."]
            then = doing(visit, SchedulingRule.disable, key, "disabled")
            button("Disable", asks_first(f"Disable {name}?", lambda: ends, "Disable", then), sign="pause")
        else:
            begins = partial(_begins, visit, name, document["rule_text"])
            then = doing(visit, SchedulingRule.enable, key, "enabled")
            button("Enable", asks_first(f"Enable {name}?", begins, "Enable", then), sign="play_arrow")
        ends = ["Its text is forgotten, and what it derives vanishes. This cannot be undone."]
        then = doing(visit, SchedulingRule.delete, key, "deleted")
        button(
            "Delete", asks_first(f"Delete {name}?", lambda: ends, "Delete", then), "m-danger", sign="delete"
        )


def _begins(visit: Visit, name: str, rule_text: str) -> list[str]:
    """What enabling a rule does: the conclusions that would appear and vanish over the facts as they are."""
    said = "It is loaded beside the other rules and judges every placement from now on."
    try:
        with visit.core.facts(visit.actor).supposing() as world:
            world.enable(name, rule_text)
            found = told(conclusions(world))
    except (DatalogError, MxcError) as error:
        return [said, f"What follows from it cannot be told: {error}"]
    return [said, *(found or ["No conclusion changes at once."])]
