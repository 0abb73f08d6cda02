"""What is read: lists, rows, what is related to a row, and the relationships themselves."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement
from starlette.requests import Request
from starlette.responses import Response

from mxc.server.hosting.precondition import tagged
from mxc.server.hosting.request import Call
from mxc.server.kernel.errors import NotFound
from mxc.server.surfaces.jsonapi.documents import Compound, Document, Shape, identifier, links_of
from mxc.server.surfaces.jsonapi.kinds import Kind, Kinds, Link
from mxc.server.surfaces.jsonapi.media import MEDIA
from mxc.server.surfaces.jsonapi.mistakes import VERSION
from mxc.server.surfaces.jsonapi.query import LISTING, SHOWING, Asked, asked

NOTHING: Final[frozenset[str]] = frozenset()
PAGES: Final = frozenset({"filter", "sort", "page"})
SAFE: Final = "/:,-_.~!*'()$"


def answer(document: Mapping[str, Any], status: int = HTTPStatus.OK) -> Response:
    """A document as it goes out; with its keys in the order people read them."""
    content = msgspec.json.encode({**document, "jsonapi": VERSION})
    return Response(content, status, {"Vary": "Accept"}, MEDIA)


def row_id_of(request: Request, kind: Kind) -> UUID:
    """The id in the path; what cannot be one is nobody's. Raises NotFound."""
    given = request.path_params["id"]
    try:
        return UUID(given)
    except ValueError:
        raise NotFound(f"there is no {_noun(kind)} {given[:40]!r}") from None


class Reading:
    """The reading endpoints of one kind."""

    def __init__(self, kinds: Kinds, kind: Kind) -> None:
        self._kinds = kinds
        self._kind = kind

    async def list_rows(self, call: Call, request: Request) -> Response:
        """A page of the collection."""
        return await self._page(call, request, self._kind, [])

    async def show_row(self, call: Call, request: Request) -> Response:
        """One row."""
        wanted = self.asked(call, request, SHOWING)
        row = await self.find(call, row_id_of(request, self._kind))
        return tagged(request, answer(await self.shown(call, row, wanted, _here(request))), row)

    async def related(self, call: Call, request: Request, link: Link) -> Response:
        """What a relationship leads to: one row or null, or a page of rows."""
        row = await self.find(call, row_id_of(request, self._kind))
        other = self._kinds[link.target]
        if link.is_many:
            return await self._page(
                call, request, other, [getattr(other.spec.resource, link.column) == row.id]
            )
        wanted = asked(self._kinds, other, request.query_params, call.core.clock.now(), families=SHOWING)
        found = await self._select_one(call, other, getattr(row, link.column))
        if found is None:
            beside = _included(None if wanted.include is None else [])
            document: Document = {"data": None, **beside, "links": {"self": _here(request)}}
            return tagged(request, answer(document))
        return tagged(request, answer(await self._one(call, other, found, wanted, _here(request))), found)

    async def relationship(self, call: Call, request: Request, link: Link) -> Response:
        """The identifiers behind a relationship."""
        row = await self.find(call, row_id_of(request, self._kind))
        links = links_of(f"{self._kind.path}/{row.id}", link)
        if not link.is_many:
            asked(self._kinds, self._kind, request.query_params, call.core.clock.now(), families=NOTHING)
            other = getattr(row, link.column)
            data = None if other is None else identifier(link.target, other)
            return tagged(request, answer({"data": data, "links": links}))
        kind = self._kinds[link.target]
        condition = getattr(kind.spec.resource, link.column) == row.id
        rows, document = await self._cut(call, request, kind, [condition], PAGES)
        document["links"] |= links
        members = [identifier(link.target, each.id) for each in rows]
        return tagged(request, answer({"data": members, **document}))

    async def find(self, call: Call, row_id: UUID) -> Any:
        """The row, if this caller sees it. Raises NotFound also for another tenant's."""
        found = await self._select_one(call, self._kind, row_id)
        if found is None:
            raise self.missing(row_id)
        return found

    def missing(self, row_id: UUID) -> NotFound:
        """What is said of a row that is not there, or another tenant's, or not for this caller."""
        return NotFound(f"there is no {_noun(self._kind)} {row_id}")

    def asked(self, call: Call, request: Request, families: frozenset[str]) -> Asked:
        """The query string. Raises BadQuery."""
        now, sees = call.core.clock.now(), call.core.sees(call.actor, self._kind.spec)
        return asked(self._kinds, self._kind, request.query_params, now, sees=sees, families=families)

    async def shown(self, call: Call, row: Any, wanted: Asked, place: str = "") -> Document:
        """The document of one row of ours."""
        return await self._one(call, self._kind, row, wanted, place or f"{self._kind.path}/{row.id}")

    def sketched(self, call: Call, row: Any, wanted: Asked) -> Document:
        """The same without what other rows, or the engine, say of it; the database is not asked."""
        shape = Shape(self._kind, wanted.fields.get(self._kind.name))
        data = shape.document(call.core.document(call.actor, row), {})
        included = _included(None if wanted.include is None else [])
        return {"data": data, **included, "links": {"self": f"{self._kind.path}/{row.id}"}}

    async def shown_many(self, call: Call, rows: Sequence[Any], wanted: Asked) -> Document:
        """The document of rows of ours."""
        data, included = await Compound(call, self._kinds, wanted.fields).of(self._kind, rows, wanted.include)
        return {"data": data, **_included(included)}

    async def seen_among(self, call: Call, ids: Sequence[UUID]) -> set[UUID]:
        """Those of these rows that this caller sees."""
        resource = self._kind.spec.resource
        conditions = [resource.id.in_(ids), *self._kind.visible_to(call)]
        found = await call.core.select(call.actor, resource, *conditions, limit=len(ids))
        return {row.id for row in found}

    async def _one(self, call: Call, kind: Kind, row: Any, wanted: Asked, place: str) -> Document:
        data, included = await Compound(call, self._kinds, wanted.fields).of(kind, [row], wanted.include)
        return {"data": data[0], **_included(included), "links": {"self": place}}

    async def _page(
        self, call: Call, request: Request, kind: Kind, where: Sequence[ColumnElement[bool]]
    ) -> Response:
        rows, document = await self._cut(call, request, kind, where, LISTING)
        wanted: Asked = document.pop("asked")
        data, included = await Compound(call, self._kinds, wanted.fields).of(kind, rows, wanted.include)
        return tagged(request, answer({"data": data, **_included(included), **document}))

    async def _cut(
        self,
        call: Call,
        request: Request,
        kind: Kind,
        where: Sequence[ColumnElement[bool]],
        families: frozenset[str],
    ) -> tuple[list[Any], Document]:
        """The rows of the page asked for, and its links and meta (and what was asked, where it is shown)."""
        sees = call.core.sees(call.actor, kind.spec)
        now = call.core.clock.now()
        wanted = asked(self._kinds, kind, request.query_params, now, sees=sees, families=families)
        page, resource = wanted.page, kind.spec.resource
        conditions = [*where, *kind.visible_to(call)]
        order = wanted.order.backwards() if page.before else wanted.order
        rows = await call.core.select(
            call.actor, resource, *conditions, *wanted.where,
            order=order.order(), limit=page.limit + 1, offset=page.offset or 0,
        )  # fmt: skip
        is_more = len(rows) > page.limit
        rows = rows[: page.limit]
        for row in rows:
            row.set_now(now)
        if page.before:
            rows.reverse()
        meta: Document = {"limit": page.limit}
        if page.is_counted:
            counted = [*conditions, *wanted.where[: -1 if page.after or page.before else None]]
            meta["total"] = await call.core.count(call.actor, resource, *counted)
        document: Document = {"links": _pages(request, wanted, rows, is_more), "meta": {"page": meta}}
        return rows, document | ({"asked": wanted} if "include" in families else {})

    async def _select_one(self, call: Call, kind: Kind, row_id: UUID | None) -> Any:
        if row_id is None:
            return None
        resource = kind.spec.resource
        found = await call.core.select(
            call.actor, resource, resource.id == row_id, *kind.visible_to(call), limit=1
        )
        return found[0] if found else None


def _included(included: list[Document] | None) -> Document:
    return {} if included is None else {"included": included}


def _noun(kind: Kind) -> str:
    return kind.spec.name.replace("_", " ")


def _pages(request: Request, wanted: Asked, rows: Sequence[Any], is_more: bool) -> Document:
    page = wanted.page
    links: Document = {"self": _here(request), "first": _at(request, "", ""), "prev": None, "next": None}
    if page.offset is not None:
        if page.offset:
            links["prev"] = _at(request, "page[offset]", str(max(0, page.offset - page.limit)))
        if is_more:
            links["next"] = _at(request, "page[offset]", str(page.offset + page.limit))
        return links
    if rows and (page.after or (page.before and is_more)):
        links["prev"] = _at(request, "page[before]", wanted.order.cursor(rows[0], wanted.scope))
    if rows and (page.before or is_more):
        links["next"] = _at(request, "page[after]", wanted.order.cursor(rows[-1], wanted.scope))
    return links


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _at(request: Request, name: str, value: str) -> str:
    """The same list, elsewhere."""
    places = ("page[after]", "page[before]", "page[offset]")
    kept = [(key, text) for key, text in request.query_params.multi_items() if key not in places]
    query = "&".join(
        f"{quote(key, safe='')}={quote(text, safe=SAFE)}"
        for key, text in [*kept, *([(name, value)] if name else [])]
    )
    return request.url.path + (f"?{query}" if query else "")
