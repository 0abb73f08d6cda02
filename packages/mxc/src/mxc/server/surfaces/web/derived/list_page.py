"""The list of a resource: search, filters, order, pages, selection and exports, all in its address."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from nicegui import ui

from mxc.server.hosting.design.frame import page_head
from mxc.server.hosting.design.markup import box, button, text, with_attributes
from mxc.server.hosting.design.paged_table import Deed, Narrowing, Page, PagedTable, Query
from mxc.server.hosting.design.panel import empty_state
from mxc.server.hosting.live import Batch
from mxc.server.hosting.page import Visit
from mxc.server.kernel.errors import Forbidden, Invalid, MxcError, Unauthenticated
from mxc.server.surfaces.web.derived.asking import say_why_not
from mxc.server.surfaces.web.derived.bulk import do_to_many
from mxc.server.surfaces.web.derived.cells import columns_of, references_of, row_of, sortable_of
from mxc.server.surfaces.web.derived.conditions import default_order, filters_of
from mxc.server.surfaces.web.derived.offers import Offer, creation_offer, row_offers
from mxc.server.surfaces.web.derived.reading import COUNTED, Document, Reader
from mxc.server.surfaces.web.derived.subject import Subject, Subjects

MOST_NOTES = 200


async def draw_list(visit: Visit, subject: Subject, subjects: Subjects) -> None:
    """Draws it. Raises Forbidden for whoever may not read it."""
    await _List(visit, subject, subjects).draw()


class _List:
    def __init__(self, visit: Visit, subject: Subject, subjects: Subjects) -> None:
        self._visit = visit
        self._subject = subject
        self._subjects = subjects
        self._reader = Reader(visit, subject, subjects)
        self._offers = {each.name: each for each in row_offers(subject)}
        self._chip = _chip_of(subject)

    async def draw(self) -> None:
        """The head, the table, and who hears of changes."""
        visit, subject = self._visit, self._subject
        first = await self._page(visit.query)
        with page_head(subject.title):
            self._creation()
        text(subject.about, "m-lead", tag="p")
        with box("m-panel", tag="section"):
            self._empty(is_empty=not first.total and not visit.query and not first.complaint)
            self._table = PagedTable(
                columns_of(subject), first, visit.query, noun=subject.nouns, one=subject.noun,
                sortable=sortable_of(subject), order=",".join(default_order(subject)),
                narrowings=self._narrowings(), deeds=self._deeds(), export=f"/export{subject.path}",
                want=self._wanted, act=self._act,
            )  # fmt: skip
        visit.watch([subject.spec.plural], self._changed)

    def _creation(self) -> None:
        offer = creation_offer(self._subject)
        if offer is None:
            return
        armed_button(
            self._visit, offer, None, f"New {self._subject.noun}", "m-primary", "add",
            lambda: ui.navigate.to(f"{self._subject.path}/new"),
        )  # fmt: skip

    def _empty(self, *, is_empty: bool) -> None:
        if is_empty:
            sign = self._subject.display.icon or "inbox"
            empty_state(sign, f"No {self._subject.nouns} yet", self._subject.about)

    def _narrowings(self) -> list[Narrowing]:
        sees = self._reader.sees(self._visit.actor)
        return [
            Narrowing(each.name, each.label, each.kind, each.operators, each.choices, each.name == self._chip)
            for each in filters_of(self._subject, sees)
        ]

    def _deeds(self) -> list[Deed]:
        if self._subject.is_journal:
            return []
        refusals = {name: offer.refusal(self._visit) for name, offer in self._offers.items()}
        return [
            Deed(name, offer.label, offer.is_final, str(refusals[name] or ""))
            for name, offer in self._offers.items()
        ]

    async def _wanted(self, query: Query) -> Page:
        try:
            return await self._page(query)
        except Unauthenticated:
            ui.navigate.to("/login")
        except Forbidden as error:
            return Page([], "", 0, False, {}, str(error))
        return Page([], "", 0, False, {}, "your session is over")

    async def _page(self, query: Query) -> Page:
        actor = await self._visit.present()
        try:
            documents, following = await self._reader.page(actor, query)
            total, counts = 0, dict[str, int]()
            if "cursor" not in query:
                total, counts = await self._reader.counts(actor, query, by=self._chip)
        except Invalid as error:
            return Page([], "", 0, False, {}, str(error))
        is_more = total > COUNTED
        rows = await self._rows(documents)
        return Page(rows, following or "", min(total, COUNTED), is_more, counts)

    async def _rows(self, documents: Sequence[Document]) -> list[dict[str, Any]]:
        wanted = references_of(self._subject, documents)
        names = await self._reader.names(self._visit.actor, wanted)
        return [row_of(self._subject, each, names) for each in documents]

    async def _changed(self, batch: Batch) -> None:
        notes = batch.of(self._subject.spec.plural)
        if batch.is_resync or len(notes) > MOST_NOTES:
            self._table.again()
            return
        ids = {UUID(note.id) for note in notes}
        actor = await self._visit.present()
        with suppress(MxcError):
            documents = await self._reader.some(actor, ids, self._table.query)
            here = {str(each["id"]) for each in documents}
            total, counts = await self._reader.counts(actor, self._table.query, by=self._chip)
            rows = await self._rows(documents)
            now = Page(rows, "", min(total, COUNTED), total > COUNTED, counts)
            self._table.put(now, [str(each) for each in ids if str(each) not in here])

    async def _act(self, name: str, ids: Sequence[str]) -> None:
        offer = self._offers.get(name)
        if offer is None or not ids:
            return
        refusal = offer.refusal(self._visit)
        if refusal is not None:
            await say_why_not(f"Why not {offer.label.lower()}?", refusal, offer.verdict(self._visit))
        elif await do_to_many(self._reader, offer, ids):
            self._table.again()


def _chip_of(subject: Subject) -> str:
    """The column whose values are the chips: the state, else the first there is to choose from."""
    spec = subject.spec
    if spec.lifecycle is not None:
        return spec.lifecycle.column
    choices = [name for name in subject.columns if subject.has(name) and spec.field(name).choices]
    return choices[0] if choices else ""


def armed_button(
    visit: Visit, offer: Offer, row: Any, label: str, looks: str, sign: str, then: Any
) -> ui.element:
    """A button that does it, or, where it may not be done, says why not."""
    refusal = offer.refusal(visit, row)
    if refusal is None:
        return button(label, then, looks, sign=sign)

    async def why() -> None:
        await say_why_not(f"Why not {label.lower()}?", refusal, offer.verdict(visit))

    made = button(label, why, "", sign="lock")
    return with_attributes(made, aria_disabled="true", title=str(refusal))
