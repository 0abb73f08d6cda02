"""Every path of `/api/v2`: one table that is served, and that the description is written from."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from starlette.requests import Request
from starlette.responses import Response

from mxc.server.hosting.request import Call, current_call
from mxc.server.kernel.resource import Action
from mxc.server.surfaces.jsonapi.kinds import Kind, Kinds, Link
from mxc.server.surfaces.jsonapi.media import require_acceptable, require_document
from mxc.server.surfaces.jsonapi.reading import Reading
from mxc.server.surfaces.jsonapi.writing import Writing

Endpoint = Callable[[Call, Request], Awaitable[Response]]
Purpose = Literal[
    "list", "show", "create", "update", "delete", "act", "act_on_many", "related", "relationship", "relate"
]
BODIES: Final = frozenset({"POST", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint; `path` is below `/api/v2`."""

    method: str
    path: str
    purpose: Purpose
    kind: Kind
    endpoint: Endpoint
    verb: str = ""
    link: Link | None = None

    async def serve(self, request: Request) -> Response:
        """The answer: who asks is known and the media types are right before anything is done."""
        call = await current_call(request)
        require_acceptable(",".join(request.headers.getlist("accept")))
        if request.method in BODIES and _has_body(request):
            require_document(request.headers.get("content-type", ""))
        return await self.endpoint(call, request)


def _has_body(request: Request) -> bool:
    length = request.headers.get("content-length", "0")
    return length != "0" or "transfer-encoding" in request.headers


def routes_of(kinds: Kinds) -> Iterator[Route]:
    """All of them; fixed paths before those with an id."""
    for kind in kinds.values():
        yield from _of(kinds, kind)


def _of(kinds: Kinds, kind: Kind) -> Iterator[Route]:
    reading, writing = Reading(kinds, kind), Writing(kinds, kind)
    many, one = f"/{kind.name}", f"/{kind.name}/{{id}}"
    actions = _actions(kind)
    yield Route("GET", many, "list", kind, reading.list_rows)
    if kind.offers("create"):
        yield Route("POST", many, "create", kind, writing.create)
    for action in actions:
        endpoint = partial(writing.act_on_many, action=action)
        yield Route("POST", f"{many}/-/{action.name}", "act_on_many", kind, endpoint, action.name)
    yield Route("GET", one, "show", kind, reading.show_row)
    if kind.offers("update"):
        yield Route("PATCH", one, "update", kind, writing.update)
    if kind.offers("delete"):
        yield Route("DELETE", one, "delete", kind, writing.delete)
    for action in actions:
        if action.name != "delete":
            endpoint = partial(writing.act, action=action)
            yield Route("POST", f"{one}/{action.name}", "act", kind, endpoint, action.name)
    for link in kind.links.values():
        yield from _relating(reading, writing, kind, one, link)


def _relating(reading: Reading, writing: Writing, kind: Kind, one: str, link: Link) -> Iterator[Route]:
    path = f"{one}/relationships/{link.name}"
    yield Route("GET", path, "relationship", kind, partial(reading.relationship, link=link), link=link)
    for method in ("PATCH", "POST", "DELETE") if link.is_many else ("PATCH",):
        yield Route(method, path, "relate", kind, partial(writing.relate, link=link), link=link)
    yield Route("GET", f"{one}/{link.name}", "related", kind, partial(reading.related, link=link), link=link)


def _actions(kind: Kind) -> Sequence[Action[Any, ...]]:
    """What can be done to rows that are there; `purge` is the core's."""
    found = kind.spec.actions.values()
    return [each for each in found if each.kind == "act" and not each.internal and each.name != "purge"]
