"""What a row belongs to and what belongs to it, as far as this person may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from mxc.server.hosting.design.inputs import label_of
from mxc.server.hosting.design.markup import box, link, text
from mxc.server.hosting.page import PAGES, Visit
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Forbidden
from mxc.server.kernel.resource.relations import belonging_to
from mxc.server.surfaces.web.derived.conditions import default_order
from mxc.server.surfaces.web.derived.reading import COUNTED, Document, Reader
from mxc.server.surfaces.web.derived.subject import Subject, Subjects

SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Related:
    """One relation: its name, the first rows as (name, path), how many there are, and where all are."""

    label: str
    rows: tuple[tuple[str, str], ...]
    count: str
    path: str


async def related_to(
    visit: Visit, subject: Subject, subjects: Subjects, actor: Actor, row_id: UUID
) -> tuple[Related, ...]:
    """Everything that names this row."""
    found = []
    for relation in belonging_to(subject.spec):
        holder = subjects.get(relation.holder.plural)
        if holder is None:
            continue
        query = {relation.column: str(row_id)}
        reader = Reader(visit, holder, subjects)
        try:
            order = {"sort": ",".join(default_order(holder))}
            documents, _ = await reader.page(actor, {**query, **order}, SHOWN)
            total, _ = await reader.counts(actor, query, by="")
        except Forbidden:
            continue
        label = label_of(relation.inverse if relation.reference.inverse else holder.nouns)
        count = f"more than {COUNTED}" if total > COUNTED else str(total)
        path = f"{holder.path}?{relation.column}={row_id}" if is_derived(holder) else holder.path
        found.append(Related(label, tuple(_row(holder, each) for each in documents), count, path))
    return tuple(found)


def is_derived(subject: Subject) -> bool:
    """Whether its list is derived, and so understands what its address asks for."""
    page = PAGES.get(subject.path)
    return page is not None and page.group != ""


def _row(holder: Subject, document: Document) -> tuple[str, str]:
    return holder.name_of(document), holder.href(document["id"]) if holder.has_pages else ""


def draw_related(relations: Sequence[Related]) -> None:
    """Draws them; nothing to say is said, too."""
    if not relations:
        text("Nothing names it.", "m-quiet m-pad")
    for each in relations:
        with box("m-related"):
            with box("m-row m-spread"):
                text(each.label, "m-quiet", tag="span")
                link(each.count, each.path, "m-link") if each.count != "0" else text(
                    "none", "m-quiet", tag="span"
                )
            for name, path in each.rows:
                link(name, path, "m-list-name") if path else text(name, "m-list-name", tag="span")
