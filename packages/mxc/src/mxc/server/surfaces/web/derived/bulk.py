"""One action on many rows: what would come of it for all of them, then done to each that allows it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from nicegui import ui

from mxc.server.hosting.design.inputs import Input, model_inputs
from mxc.server.hosting.design.markup import box, button, text, with_attributes
from mxc.server.hosting.design.toast import toast
from mxc.server.hosting.display import Done
from mxc.server.kernel.errors import MxcError
from mxc.server.kernel.resource import Global
from mxc.server.surfaces.web.derived.asking import ActionDialog
from mxc.server.surfaces.web.derived.choices import with_choices
from mxc.server.surfaces.web.derived.offers import Offer, carry_out
from mxc.server.surfaces.web.derived.reading import Reader, opened

MOST: Final = 1000
SHOWN: Final = 8
Refused = Mapping[str, MxcError]


async def do_to_many(reader: Reader, offer: Offer, ids: Sequence[str]) -> bool:
    """Asks, does it, and tells what was refused; True when anything was done."""
    work = _Many(reader, offer)
    await work.read(ids)
    inputs: Sequence[Input] = ()
    if offer.asks is not None:
        drawn = model_inputs(offer.asks, reader.subject.spec, {})
        inputs = await with_choices(reader.visit, reader.subject, reader.subjects, drawn)
    nouns = reader.subject.nouns if len(work.rows) != 1 else reader.subject.noun
    title = f"{offer.label} {len(work.rows)} {nouns}?"
    done = await ActionDialog(title, offer, inputs, work.foresee, work.submit).answer()
    if done is None:
        return False
    if work.refused:
        await _tell_refused(done.said, work)
    else:
        toast(done.said)
    return True


class _Many:
    def __init__(self, reader: Reader, offer: Offer) -> None:
        self._reader = reader
        self._offer = offer
        self.rows: list[Any] = []
        self.names: dict[str, str] = {}
        self.refused: dict[str, MxcError] = {}

    async def read(self, ids: Sequence[str]) -> None:
        """The rows as they are now."""
        visit, subject = self._reader.visit, self._reader.subject
        keys = []
        for each in ids[:MOST]:
            with suppress(ValueError):
                keys.append(UUID(each))
        actor = await visit.present()
        statement = self._reader.select(actor, keys)
        async with opened(visit, subject, actor) as session:
            self.rows = list(await session.scalars(statement))
        for row in self.rows:
            self.names[str(row.id)] = subject.name_of(visit.core.document(actor, row))

    def _refusals(self) -> dict[str, MxcError]:
        found = {str(row.id): self._offer.refusal(self._reader.visit, row) for row in self.rows}
        return {row_id: error for row_id, error in found.items() if error is not None}

    async def foresee(self, _: Mapping[str, Any] | None) -> Sequence[str]:
        """How many it would be done to, and which refuse it, with why."""
        refused = self._refusals()
        lines = [" ".join(self._offer.help.split()), f"{len(self.rows) - len(refused)} would follow."]
        lines += _lines(self.names, refused)
        return lines

    async def submit(self, values: Mapping[str, Any]) -> Done:
        """Does it to each that allows it, in one transaction where no domain has its own way."""
        offer, visit = self._offer, self._reader.visit
        is_alone = offer.way is not None or issubclass(self._reader.subject.spec.resource, Global)
        self.refused = await (self._one_by_one(values) if is_alone else self._together(values))
        done = len(self.rows) - len(self.refused)
        if not done and self.refused:
            raise next(iter(self.refused.values()))
        await visit.present()
        return Done(f"{offer.label}: {done} of {len(self.rows)} done")

    async def _together(self, values: Mapping[str, Any]) -> dict[str, MxcError]:
        visit, offer, subject = self._reader.visit, self._offer, self._reader.subject
        assert offer.action is not None
        actor = await visit.present()
        async with visit.core.unit(actor, platform=subject.spec.is_platform) as unit:
            keys = [row.id for row in self.rows]
            outcomes = await unit.perform_many(offer.action, keys, mode="each", **values)
        for each in outcomes:
            if each.row is not None:
                await visit.core.engines.follow(actor.tenant_id, each.row, is_gone=offer.action.removes)
        return {str(each.id): each.error for each in outcomes if each.error is not None}

    async def _one_by_one(self, values: Mapping[str, Any]) -> dict[str, MxcError]:
        refused: dict[str, MxcError] = {}
        for row in self.rows:
            try:
                await carry_out(self._reader.visit, self._reader.subject, self._offer, row, values)
            except MxcError as error:
                refused[str(row.id)] = error
        return refused


def _lines(names: Mapping[str, str], refused: Refused) -> list[str]:
    shown = [f"{names.get(each, each)}: {error.message}" for each, error in list(refused.items())[:SHOWN]]
    more = len(refused) - SHOWN
    return [*shown, *([f"and {more} more are refused"] if more > 0 else [])]


async def _tell_refused(said: str, work: _Many) -> None:
    with ui.dialog() as dialog, with_attributes(box("m-dialog"), role="document", aria_label=said):
        with box("m-dialog-body"):
            text(said, tag="h2")
            with box("m-consequences", tag="ul"):
                for each in _lines(work.names, work.refused):
                    text(each, tag="li")
        with box("m-dialog-foot"):
            button("Close", lambda: dialog.submit(None), "m-primary")
    await dialog
    dialog.delete()
