"""The dialog of an action: what would come of it, what it needs to know, and the server's word on both."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from mxc.server.hosting.design.form import ModelForm
from mxc.server.hosting.design.inputs import Input, model_inputs
from mxc.server.hosting.design.markup import box, button, text, with_attributes
from mxc.server.hosting.design.panel import command
from mxc.server.hosting.design.refusal_card import refusal_card
from mxc.server.hosting.design.region import Region
from mxc.server.hosting.design.toast import toast
from mxc.server.hosting.display import Done
from mxc.server.hosting.page import Visit
from mxc.server.hosting.verdicts import Verdict
from mxc.server.kernel.errors import Invalid, MxcError
from mxc.server.surfaces.web.derived.choices import with_choices
from mxc.server.surfaces.web.derived.consequences import foreseen
from mxc.server.surfaces.web.derived.offers import Offer, carry_out
from mxc.server.surfaces.web.derived.subject import Subject, Subjects

Submit = Callable[[Mapping[str, Any]], Awaitable[Done]]
Foreseen = Callable[[Mapping[str, Any] | None], Awaitable[Sequence[str]]]


async def ask_and_do(
    visit: Visit, subject: Subject, subjects: Subjects, offer: Offer, row: Any, name: str
) -> Done | None:
    """Asks about one row, then does it and says so; None when the person thought better of it."""
    inputs: Sequence[Input] = ()
    if offer.asks is not None:
        values = subject.spec.document(row, now=visit.core.clock.now()) if row is not None else {}
        inputs = await with_choices(visit, subject, subjects, model_inputs(offer.asks, subject.spec, values))
    dialog = ActionDialog(
        f"{offer.label} {name}?" if row is not None else offer.label,
        offer,
        inputs,
        lambda filled: foreseen(visit, subject, subjects, offer, row, filled),
        lambda filled: carry_out(visit, subject, offer, row, filled),
    )
    done = await dialog.answer()
    if done is not None:
        await tell(done)
    return done


async def tell(done: Done) -> None:
    """A word about it; a secret stays until it was read, for it is shown this once."""
    if not done.secret:
        toast(done.said)
        return
    with ui.dialog().props("persistent") as dialog, box("m-dialog m-wide"):
        with_attributes(dialog, aria_label=done.said)
        with box("m-dialog-body"):
            text(done.said, tag="h2")
            text(done.secret_hint or "This is shown once. Copy it now.", "m-quiet")
            command(done.secret)
        with box("m-dialog-foot"):
            button("I have it", lambda: dialog.submit(True), "m-primary")
    await dialog
    dialog.delete()


class ActionDialog:
    """Open until done or left; every refusal is said inside, and what was typed stays."""

    def __init__(
        self, title: str, offer: Offer, inputs: Sequence[Input], foresee: Foreseen, submit: Submit
    ) -> None:
        self._foresee = foresee
        self._submit = submit
        self._form: ModelForm | None = None
        with ui.dialog() as self._dialog, with_attributes(box("m-dialog"), role="document", aria_label=title):
            with box("m-dialog-body"):
                text(title, tag="h2")
                self._lines: Region[Sequence[str]] = Region(_draw_lines)
                if offer.asks is not None:
                    self._form = ModelForm(offer.asks, inputs, on_change=self._changed)
                self._alert = with_attributes(text("", "m-complaint"), role="alert")
            with box("m-dialog-foot"):
                button("Cancel", lambda: self._dialog.submit(None), "m-plain")
                self._go = button(offer.label, self._clicked, "m-danger" if offer.is_final else "m-primary")
        self._danger = offer.is_final

    async def answer(self) -> Done | None:
        """What was done, or None."""
        with_attributes(self._go, disabled=True)
        self._dialog.open()
        await self._changed()
        done: Any = await self._dialog
        self._dialog.delete()
        return done if isinstance(done, Done) else None

    def _values(self) -> Mapping[str, Any] | None:
        if self._form is None:
            return {}
        try:
            values = self._form.values()
        except Invalid as error:
            self._form.show(error.fields, all_fields=False)
            return None
        self._form.show({})
        return values

    async def _changed(self) -> None:
        values = self._values()
        self._lines.show(tuple(await self._foresee(values)))
        with_attributes(self._go, disabled=values is None)

    async def _clicked(self) -> None:
        values = self._values()
        if values is None:
            return
        try:
            done = await self._submit(values)
        except Invalid as error:
            self._refused(error, error.fields)
        except MxcError as error:
            self._refused(error, {})
        else:
            self._dialog.submit(done)

    def _refused(self, error: MxcError, fields: Mapping[str, Sequence[str]]) -> None:
        known = set(self._form.inputs) if self._form is not None else set()
        if self._form is not None:
            self._form.show(fields)
        self._alert.text = "" if fields and set(fields) <= known else str(error)


def _draw_lines(lines: Sequence[str]) -> None:
    with box("m-consequences", tag="ul"):
        for each in lines:
            text(each, tag="li")


async def say_why_not(title: str, refusal: MxcError, verdict: Verdict | None = None) -> None:
    """Why a thing cannot be done: one click from its button. `verdict` is the rules' own word."""
    with ui.dialog() as dialog, with_attributes(box("m-dialog"), role="document", aria_label=title):
        with box("m-dialog-body"):
            text(title, tag="h2")
            text(f"{refusal.message[:1].upper()}{refusal.message[1:]}.", "m-strong")
            if refusal.hint:
                text(f"{refusal.hint[:1].upper()}{refusal.hint[1:]}.", "m-quiet")
            if verdict is not None and verdict.refusal is not None:
                refusal_card({f"may not {verdict.permission}": verdict.refusal}, {})
        with box("m-dialog-foot"):
            button("Close", lambda: dialog.submit(None), "m-primary")
    await dialog
    dialog.delete()
