"""The page of one row: what it is, what can be done, what belongs to it, what happened to it, and it raw."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from nicegui import ui

from mxc.server.hosting.design.entity import entity_header
from mxc.server.hosting.design.markup import box, button, text, with_attributes
from mxc.server.hosting.design.panel import command, fact_list, panel
from mxc.server.hosting.design.proof_tree import proof_tree
from mxc.server.hosting.design.refusal_card import refusal_card
from mxc.server.hosting.design.region import Region
from mxc.server.hosting.design.status import Status, Tone, badge, status_of
from mxc.server.hosting.design.timeline import Entry, timeline
from mxc.server.hosting.live import Batch
from mxc.server.hosting.page import Visit
from mxc.server.hosting.verdicts import Verdict
from mxc.server.kernel.errors import NotFound
from mxc.server.kernel.resource import facts_of
from mxc.server.surfaces.web.derived import history
from mxc.server.surfaces.web.derived.asking import ask_and_do
from mxc.server.surfaces.web.derived.cells import facts_drawn, plainly, references_of
from mxc.server.surfaces.web.derived.list_page import armed_button
from mxc.server.surfaces.web.derived.offers import Offer, edition_offer, row_offers
from mxc.server.surfaces.web.derived.reading import Document, Reader, acting_on
from mxc.server.surfaces.web.derived.related import Related, draw_related, related_to
from mxc.server.surfaces.web.derived.subject import BOOKKEEPING, Subject, Subjects

MOST_FACTS = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows of the row; equal ones are drawn once."""

    document: Mapping[str, Any]
    names: Mapping[str, str]
    refusals: tuple[str, ...]


async def draw_detail(visit: Visit, subject: Subject, subjects: Subjects, row_id: UUID) -> None:
    """Draws it. Raises NotFound, Forbidden."""
    shown = _Detail(visit, subject, subjects, row_id)
    await shown.refresh()
    visit.watch([subject.spec.plural], shown.changed)


class _Detail:
    def __init__(self, visit: Visit, subject: Subject, subjects: Subjects, row_id: UUID) -> None:
        self._visit, self._subject, self._subjects, self._id = visit, subject, subjects, row_id
        self._reader = Reader(visit, subject, subjects)
        self._limit = history.STEP
        self._row: Any = None
        self._is_left = False
        self._head = Region(self._draw_head)
        with box("m-columns"):
            with box("m-stack"):
                with panel("Facts"):
                    self._facts = Region(self._draw_facts)
                with panel("History", flush=True):
                    self._history = Region(self._draw_history)
            with box("m-stack"):
                with panel("Related", flush=True):
                    self._related: Region[Sequence[Related]] = Region(draw_related)
                with panel("May I?", flush=True):
                    self._may = Region(_draw_verdicts)
                with panel("Raw", flush=True):
                    self._raw = Region(partial(_draw_raw, subject))

    async def changed(self, batch: Batch) -> None:
        """Reads again what is shown, when it is about this row."""
        notes = {note.id for note in batch.of(self._subject.spec.plural)}
        if not batch.is_resync and str(self._id) not in notes:
            return
        try:
            await self.refresh()
        except NotFound:
            self._leave()

    async def refresh(self) -> None:
        """Draws what changed."""
        actor = await self._visit.present()
        self._row = row = await self._reader.row(actor, self._id)
        document = await self._reader.document(actor, row)
        names = await self._reader.names(actor, references_of(self._subject, [document]))
        offers = self._offers()
        refusals = tuple(str(offer.refusal(self._visit, row) or "") for offer in offers)
        shown = Shown(document, names, refusals)
        self._head.show(shown)
        self._facts.show(shown)
        verdicts = [(offer.label, offer.verdict(self._visit)) for offer in offers]
        self._may.show(tuple(zip(verdicts, refusals, strict=True)))
        who = acting_on(actor, self._subject, self._id)
        self._related.show(await related_to(self._visit, self._subject, self._subjects, actor, self._id))
        entries = await history.entries_of(
            self._visit, who.tenant_id, self._subject, self._id, self._limit, names
        )
        self._history.show(entries)
        row.set_now(self._visit.core.clock.now())
        self._raw.show((document, tuple(sorted(map(_fact, facts_of(row))))))

    def _offers(self) -> list[Offer]:
        edition = edition_offer(self._subject)
        return [*([edition] if edition else []), *row_offers(self._subject)]

    def _draw_head(self, shown: Shown) -> None:
        subject, document = self._subject, shown.document
        status = str(document.get(subject.status) or "") if subject.status else ""
        with entity_header(
            subject.name_of(document), status_of(status) if status else None, identity=str(document["id"]),
            facts=_key_facts(subject, shown), trail=[(subject.title, subject.path)],
        ):  # fmt: skip
            for offer in self._offers():
                self._button(offer, subject.name_of(document))

    def _button(self, offer: Offer, name: str) -> None:
        looks = "m-danger" if offer.is_final else ""
        if offer.name == "update":
            armed_button(
                self._visit, offer, self._row, "Edit", looks, "edit",
                lambda: ui.navigate.to(f"{self._subject.href(self._id)}/edit"),
            )  # fmt: skip
            return

        async def clicked() -> None:
            done = await ask_and_do(self._visit, self._subject, self._subjects, offer, self._row, name)
            if done is not None:
                await self._after(offer)

        sign = "delete" if offer.is_final else ""
        armed_button(self._visit, offer, self._row, offer.label, looks, sign, clicked)

    async def _after(self, offer: Offer) -> None:
        try:
            await self.refresh()
        except NotFound:
            self._leave()

    def _leave(self) -> None:
        """To the list, once: whoever removed the row and the feed both say that it is gone."""
        if not self._is_left:
            self._is_left = True
            ui.navigate.to(self._subject.path)

    def _draw_facts(self, shown: Shown) -> None:
        fact_list(facts_drawn(self._subject, self._subjects, shown.document, shown.names))

    def _draw_history(self, told: tuple[list[Entry], bool]) -> None:
        entries, has_older = told
        if entries:
            timeline(entries)
        else:
            text("Nothing was done to it from this organisation.", "m-quiet m-pad")
        if has_older:
            button("Older", self._older, "m-plain")

    async def _older(self) -> None:
        self._limit += history.STEP
        await self.refresh()


def _draw_verdicts(judged: Sequence[tuple[tuple[str, Verdict], str]]) -> None:
    """Each action, whether it is armed and why; the proof is a click away."""
    if not judged:
        text("Nobody does anything to it by hand.", "m-quiet m-pad")
    for (label, verdict), refusal in judged:
        with box("m-decision", tag="details"):
            with box("m-row m-spread", tag="summary"):
                text(label, "m-strong", tag="span")
                badge(Status("no", Tone.OFF) if refusal else Status("yes", Tone.OK))
            if refusal:
                text(refusal, "m-quiet m-may")
            if verdict.proof is not None:
                proof_tree(verdict.proof, {})
            elif verdict.refusal is not None:
                refusal_card({f"may not {verdict.permission}": verdict.refusal}, {})


def _key_facts(subject: Subject, shown: Shown) -> dict[str, str]:
    """The columns of the list that say something, but for the name and the state."""
    found: dict[str, str] = {}
    for name in subject.columns:
        is_time = subject.has(name) and subject.spec.field(name).kind == "instant"
        if name in (subject.naming, subject.status) or name in BOOKKEEPING or is_time:
            continue
        words = plainly(subject, name, shown.document.get(name), shown.names)
        if words and len(found) < MOST_FACTS:
            found[name.removeprefix("is_").removesuffix("_id").replace("_", " ")] = words[:80]
    return found


def _fact(fact: tuple[str, tuple[Any, ...]]) -> str:
    predicate, values = fact
    return f"{predicate}({', '.join(json.dumps(each) for each in values)})"


def _draw_raw(subject: Subject, shown: tuple[Document, tuple[str, ...]]) -> None:
    document, facts = shown
    if subject.is_exposed and "show" not in subject.exposure.without:
        with box("m-commands m-pad"):
            command(f"mxc {subject.path.strip('/')} show {document['id']}")
            command(f"GET /api{subject.path}/{document['id']}")
    if facts:
        text("Facts", "m-label m-pad-side")
        _code("\n".join(facts), "facts of this row")
    text("Document", "m-label m-pad-side")
    _code(json.dumps(document, indent=2, ensure_ascii=False), "JSON document")


def _code(words: str, label: str) -> None:
    with_attributes(text(words, "m-code m-raw", tag="pre"), tabindex="0", role="region", aria_label=label)
