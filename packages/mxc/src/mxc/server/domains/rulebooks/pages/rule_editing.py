"""The editor of a rule: checked as one types, rehearsed on request, and told before it takes effect."""

from typing import Any, Final

from nicegui import ui

from mxc.server.domains.rulebooks.foresight import Foretold
from mxc.server.domains.rulebooks.pages.arming import BEGINS, MOST_LINES, foretold
from mxc.server.domains.rulebooks.pages.preview import Preview
from mxc.server.domains.rulebooks.routes.rules import examine
from mxc.server.domains.rulebooks.scheduling_rule import Mode, SchedulingRule
from mxc.server.hosting.design.confirm import confirm
from mxc.server.hosting.design.form import Form
from mxc.server.hosting.design.markup import box, button, text, with_attributes
from mxc.server.hosting.design.panel import panel
from mxc.server.hosting.design.rule_editor import Diagnostic, RuleEditor
from mxc.server.hosting.design.toast import toast, toast_error
from mxc.server.hosting.page import Visit
from mxc.server.hosting.request import Call
from mxc.server.kernel.errors import Invalid, MxcError, Unavailable
from mxc.server.kernel.resource import spec_of

FIELDS: Final = ("name", "description")
HINTS: Final = {
    "name": "How it is called in proofs.",
    "description": "What it is for, for the next person.",
    "mode": "draft is only checked; shadow writes down what it would do.",
}
EXAMPLE: Final = """% At most five workloads per node.
constraint_violated(Workload, Node) :-
    count(W, workload_placement(W, Node), N), N >= 5.
"""


class RuleEditing:
    """Draws it; `rule` is None for one that is not there yet, which also has its mode chosen here."""

    def __init__(self, visit: Visit, rule: SchedulingRule | None) -> None:
        self._visit = visit
        self._rule = rule
        self._may_save = visit.may(SchedulingRule.create if rule is None else SchedulingRule.update)
        self._buttons: tuple[ui.element, ...] = ()
        self._preview: Preview | None = None
        with panel("Rule"):
            self._draw_fields(rule)
            text("Rule text", "m-label")
            self._editor = RuleEditor(
                rule.rule_text if rule else EXAMPLE, self._check, on_verdict=self._judged
            )
            with box("m-row m-form-foot"):
                save = button("Save", self._store, "m-primary", sign="save")
                rehearse = button("Preview", self._rehearse, sign="visibility")
                button("Back", lambda: ui.navigate.to("/rules"), "m-plain")
        self._buttons = (save, rehearse)
        self._preview = Preview()
        self._judged(self._editor.is_refused)

    def _draw_fields(self, rule: SchedulingRule | None) -> None:
        names = FIELDS if rule is not None else (*FIELDS, "mode")
        self._form = Form(spec_of(SchedulingRule), names, hints=HINTS, labels={}, on_change=self._changed)
        if rule is not None:
            self._form.set("name", rule.name)
            self._form.set("description", rule.description)

    def _check(self, words: str) -> list[Diagnostic]:
        name = self._name()
        try:
            return self._visit.core.facts(self._visit.actor).check(name, words)
        except Unavailable as error:
            return [{"message": error.message, "hint": error.hint, "severity": "error"}]

    def _name(self) -> str:
        return str(self._form.raw("name")).strip() or "draft"

    def _judged(self, is_refused: bool) -> None:
        if self._buttons:
            save, rehearse = self._buttons
            with_attributes(save, disabled=is_refused or not self._may_save)
            with_attributes(rehearse, disabled=is_refused)
        if self._preview is not None:
            self._preview.compare(self._editor.value)

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

    async def _rehearse(self) -> None:
        words = self._editor.value
        name = self._rule.name if self._rule is not None else self._name()
        told = await foretold(self._visit, name, words)
        if self._preview is not None:
            self._preview.show(words, told)

    async def _store(self) -> None:
        try:
            values = self._values()
            await examine(Call(self._visit.core, self._visit.actor), values, self._rule)
            if await self._is_meant(values):
                await self._write(values)
        except Invalid as error:
            self._form.show(error.fields)
            if "rule_text" in error.fields:
                toast_error(error)
        except MxcError as error:
            toast_error(error)

    async def _is_meant(self, values: dict[str, Any]) -> bool:
        """Asks first when saving changes anything but the text."""
        told = await self._effects(values)
        lines = told.sentences(MOST_LINES)
        asked = f"Save {values['name']}?"
        return not lines or await confirm(asked, [BEGINS[Mode.ENFORCE], *lines], verb="Save", danger=False)

    async def _effects(self, values: dict[str, Any]) -> Foretold:
        """What saving does at once; nothing for a rule that is not in force, or says what it said."""
        words = str(values["rule_text"])
        if self._rule is None:
            mode = Mode(values.get("mode", Mode.ENFORCE))
            return await foretold(self._visit, self._name(), words) if mode is Mode.ENFORCE else Foretold()
        rule = await self._visit.core.get(self._visit.actor, SchedulingRule, self._rule.id)
        is_in_force = rule.is_enabled and rule.mode is Mode.ENFORCE
        if not is_in_force or words == rule.rule_text:
            return Foretold()
        return await foretold(self._visit, rule.name, words)

    async def _write(self, values: dict[str, Any]) -> None:
        if self._rule is not None:
            self._rule = await self._visit.perform(SchedulingRule.update, self._rule.id, **values)
            toast("saved; what it derives is already so")
            return
        created = await self._visit.perform(SchedulingRule.create, **values)
        ui.navigate.to(f"/rules/{created.id}")
