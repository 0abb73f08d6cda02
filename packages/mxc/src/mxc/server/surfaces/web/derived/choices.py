"""What a form offers to choose from where a field names a row of another resource."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from mxc.server.hosting.design.inputs import Input
from mxc.server.hosting.page import Visit
from mxc.server.kernel.errors import Forbidden
from mxc.server.surfaces.web.derived.conditions import default_order
from mxc.server.surfaces.web.derived.reading import Reader
from mxc.server.surfaces.web.derived.subject import Subject, Subjects

MOST: Final = 200
"""Beyond so many rows nobody finds one in a menu: then its id is typed."""


async def with_choices(
    visit: Visit, subject: Subject, subjects: Subjects, inputs: Sequence[Input]
) -> list[Input]:
    """The inputs; those that name a row, or what the domain knows, with what there is to choose."""
    return [await _chosen(visit, subject, subjects, each) for each in inputs]


async def _chosen(visit: Visit, subject: Subject, subjects: Subjects, each: Input) -> Input:
    told = subject.display.choices.get(each.name)
    if told is not None:
        return replace(each, options=tuple(await told(visit)))
    target = subjects.get(each.reference) if each.reference else None
    if target is None:
        return each
    reader = Reader(visit, target, subjects)
    try:
        order = {"sort": ",".join(default_order(target))}
        documents, following = await reader.page(visit.actor, order, MOST)
    except Forbidden:
        return each
    if following is not None:
        return replace(each, hint=f"The id of a {target.noun}; its page shows it.")
    options = tuple((str(found["id"]), target.name_of(found)) for found in documents)
    return replace(each, options=options)
