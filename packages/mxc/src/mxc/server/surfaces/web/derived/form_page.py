"""Making and editing: a form from the action's arguments, in the server's own words, that loses nothing."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from nicegui import ui

from mxc.server.hosting.design.form import ModelForm
from mxc.server.hosting.design.frame import page_head, trail_link
from mxc.server.hosting.design.inputs import Input, label_of, model_inputs
from mxc.server.hosting.design.markup import box, button, text, with_attributes
from mxc.server.hosting.design.panel import panel
from mxc.server.hosting.design.region import Region
from mxc.server.hosting.page import Visit
from mxc.server.kernel.errors import Conflict, Invalid, MxcError, NotFound
from mxc.server.kernel.perform import Expect
from mxc.server.surfaces.web.derived.asking import tell
from mxc.server.surfaces.web.derived.cells import in_words
from mxc.server.surfaces.web.derived.choices import with_choices
from mxc.server.surfaces.web.derived.consequences import foreseen
from mxc.server.surfaces.web.derived.offers import Offer, carry_out, creation_offer, edition_offer
from mxc.server.surfaces.web.derived.reading import Reader
from mxc.server.surfaces.web.derived.subject import Subject, Subjects

CHANGED_MEANWHILE = frozenset({"stale", "changed"})
EMPTY: Mapping[str, Any] = {"text": "", "strings": [], "tags": [], "choices": [], "labels": {}, "json": {}}


async def draw_creation(visit: Visit, subject: Subject, subjects: Subjects) -> None:
    """The form of a new row. Raises Forbidden for whoever may not make any."""
    offer = creation_offer(subject)
    if offer is None or offer.asks is None:
        raise NotFound(f"no {subject.noun} is made here", hint="they come to be by themselves.")
    if (refusal := offer.refusal(visit)) is not None:
        raise refusal
    with page_head(f"New {subject.noun}"):
        trail_link(subject.title, subject.path)
    inputs = await with_choices(visit, subject, subjects, model_inputs(offer.asks, subject.spec, visit.query))
    form = _RowForm(visit, subject, subjects, offer, inputs)
    await form.judge()


async def draw_edition(visit: Visit, subject: Subject, subjects: Subjects, row_id: UUID) -> None:
    """The form of a row that is there. Raises NotFound, and what refuses its editing."""
    offer = edition_offer(subject)
    if offer is None or offer.asks is None:
        raise NotFound(f"no {subject.noun} is edited here")
    row = await Reader(visit, subject, subjects).row(await visit.present(), row_id)
    if (refusal := offer.refusal(visit, row)) is not None:
        raise refusal
    document = visit.core.document(visit.actor, row)
    with page_head(f"Edit {subject.name_of(document)}"):
        trail_link("Back to it", subject.href(row_id))
    inputs = await with_choices(visit, subject, subjects, model_inputs(offer.asks, subject.spec, document))
    form = _RowForm(visit, subject, subjects, offer, inputs, row)
    await form.judge()


class _RowForm:
    def __init__(
        self,
        visit: Visit,
        subject: Subject,
        subjects: Subjects,
        offer: Offer,
        inputs: Sequence[Input],
        row: Any = None,
    ) -> None:
        self._visit, self._subject, self._subjects = visit, subject, subjects
        self._offer, self._row = offer, row
        self._first = {each.name: each.initial for each in inputs}
        assert offer.asks is not None
        with box("m-columns"):
            with panel(subject.noun.capitalize()):
                self._form = ModelForm(offer.asks, inputs, on_change=self.judge, aliases=subject.spec.aliases)
                self._alert = with_attributes(text("", "m-complaint"), role="alert")
                self._conflict: Region[Any] = Region(self._draw_conflict)
                with box("m-row m-form-foot"):
                    label = "Save" if row is not None else "Create"
                    self._go = button(label, self._save, "m-primary", sign="check")
                    back = subject.href(row.id) if row is not None else subject.path
                    button("Cancel", lambda: ui.navigate.to(back), "m-plain")
            with panel("What comes of it"):
                self._lines: Region[Sequence[str]] = Region(_draw_lines)

    async def judge(self) -> None:
        """Says what is wrong with what was typed so far, and what would come of it."""
        values = self._values()
        has_news = bool(values) or self._row is None
        with_attributes(self._go, disabled=values is None or not has_news)
        self._lines.show(
            tuple(await foreseen(self._visit, self._subject, self._subjects, self._offer, self._row, values))
        )

    def _values(self) -> Mapping[str, Any] | None:
        complaints: dict[str, list[str]] = {}
        try:
            given = self._form.given(complaints)
            values = self._form.checked(self._changed(given) if self._row is not None else given, complaints)
        except Invalid as error:
            self._form.show(error.fields, all_fields=False)
            return None
        self._form.show({})
        return values

    def _changed(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What differs from how the row was shown; what was emptied is taken away."""
        found: dict[str, Any] = {}
        for name, each in self._form.inputs.items():
            if self._form.raw(name) == self._first[name]:
                continue
            found[name] = given.get(name, None if each.is_nullable else EMPTY.get(each.kind, ""))
        return found

    async def _save(self) -> None:
        values = self._values()
        if values is None:
            return
        self._alert.text = ""
        expect = None if self._row is None else Expect(revision=self._row.revision)
        try:
            done = await carry_out(self._visit, self._subject, self._offer, self._row, values, expect)
        except Invalid as error:
            self._form.show(error.fields)
            self._alert.text = "" if set(error.fields) <= set(self._form.inputs) else str(error)
        except Conflict as error:
            await self._collided(error, values)
        except MxcError as error:
            self._alert.text = str(error)
        else:
            await tell(done)
            row_id = done.row_id if self._row is None else self._row.id
            leads = row_id is not None and self._subject.has_pages
            ui.navigate.to(self._subject.href(row_id) if leads and row_id else self._subject.path)

    async def _collided(self, error: Conflict, values: Mapping[str, Any]) -> None:
        """Somebody else was faster: both are shown, and the person decides."""
        if self._row is None or error.code not in CHANGED_MEANWHILE:
            self._alert.text = str(error)
            return
        reader = Reader(self._visit, self._subject, self._subjects)
        theirs = await reader.row(await self._visit.present(), self._row.id)
        was = self._visit.core.document(self._visit.actor, self._row)
        now = self._visit.core.document(self._visit.actor, theirs)
        differing = [name for name in now if now[name] != was.get(name)]
        names = [name for name in self._form.inputs if name in differing or name in values]
        mine = {name: str(self._form.raw(name)) for name in names}
        self._conflict.show(
            [(name, in_words(was.get(name)), in_words(now.get(name)), mine[name]) for name in names]
        )
        self._row = theirs

    def _draw_conflict(self, fields: Sequence[tuple[str, str, str, str]]) -> None:
        with with_attributes(box("m-conflict"), role="alert"):
            text("Somebody else changed it meanwhile.", "m-strong")
            with box("m-conflict-table", tag="table"):
                with box(tag="thead"), box(tag="tr"):
                    for head in ("Field", "It was", "It is now", "Yours"):
                        with_attributes(text(head, tag="th"), scope="col")
                with box(tag="tbody"):
                    for name, *values in fields:
                        with box(tag="tr"):
                            with_attributes(text(label_of(name), tag="th"), scope="row")
                            for each in values:
                                text(each, tag="td")
            with box("m-row"):
                button("Save mine over it", self._save, "m-danger")
                button("Start from theirs", self._take_theirs)

    async def _take_theirs(self) -> None:
        ui.navigate.to(f"{self._subject.href(self._row.id)}/edit")


def _draw_lines(lines: Sequence[str]) -> None:
    with box("m-consequences", tag="ul"):
        for each in lines:
            text(each, tag="li")
