"""What is written: rows made, changed and removed, actions on one and on many, and relationships to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from mxc.server.hosting.body import json_object
from mxc.server.hosting.once import Once, answered_once
from mxc.server.hosting.precondition import expected, outdated, tagged
from mxc.server.hosting.request import Call
from mxc.server.kernel.bulk import Mode, Outcome
from mxc.server.kernel.errors import Conflict, Invalid
from mxc.server.kernel.perform import Expect
from mxc.server.kernel.resource import Action, checked
from mxc.server.surfaces.jsonapi.documents import Document, identifier
from mxc.server.surfaces.jsonapi.given import (
    arguments,
    created,
    linked,
    member,
    pointed,
    updated,
    uuid_of,
    values_of,
)
from mxc.server.surfaces.jsonapi.kinds import Kind, Kinds, Link
from mxc.server.surfaces.jsonapi.media import MEDIA
from mxc.server.surfaces.jsonapi.mistakes import BadDocument, Mismatched, Unwritable, objects_of
from mxc.server.surfaces.jsonapi.query import SHOWING, Asked
from mxc.server.surfaces.jsonapi.reading import Reading, answer, row_id_of

MODES: Final = ("all", "each")
MOST_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Order:
    """An action on many: which, whether one refusal refuses all, and its arguments."""

    ids: Sequence[UUID]
    mode: Mode
    values: dict[str, Any]


class Writing:
    """The writing endpoints of one kind."""

    def __init__(self, kinds: Kinds, kind: Kind) -> None:
        self._kinds = kinds
        self._kind = kind
        self._reading = Reading(kinds, kind)

    async def create(self, call: Call, request: Request) -> Response:
        """201 with the row, and where it is."""
        wanted = self._reading.asked(call, request, SHOWING)
        body = await json_object(request)
        sketch = partial(self._sketch, call, request, wanted, HTTPStatus.CREATED)

        async def doing(beside: Once | None) -> Response:
            given = created(body, self._kind)
            values = await values_of(call, self._kinds, self._kind, "create", given)
            await self._examine(call, values, None)
            action = self._kind.spec.resource.create
            row = await self._perform(call, action, given.id or uuid4(), values, beside=beside)
            return await self._shown(call, request, row, wanted, HTTPStatus.CREATED)

        return await answered_once(call, request, body, MEDIA, sketch, doing)

    async def update(self, call: Call, request: Request) -> Response:
        """200 with the row as it is afterwards."""
        wanted = self._reading.asked(call, request, SHOWING)
        row = await self._reading.find(call, row_id_of(request, self._kind))
        given = updated(await json_object(request), self._kind, row.id)
        values = await values_of(call, self._kinds, self._kind, "update", given)
        if values:
            await self._examine(call, values, row)
            action = self._kind.spec.resource.update
            row = await self._perform(call, action, row.id, values, self._expected(request, action))
        return await self._shown(call, request, row, wanted)

    async def delete(self, call: Call, request: Request) -> Response:
        """204."""
        self._reading.asked(call, request, frozenset())
        row = await self._reading.find(call, row_id_of(request, self._kind))
        action = self._kind.spec.resource.delete
        await self._perform(call, action, row.id, {}, self._expected(request, action))
        return Response(None, HTTPStatus.NO_CONTENT)

    async def act(self, call: Call, request: Request, action: Action[Any, ...]) -> Response:
        """200 with the row as it is afterwards."""
        wanted = self._reading.asked(call, request, SHOWING)
        body = await json_object(request)
        sketch = partial(self._sketch, call, request, wanted, HTTPStatus.OK)

        async def doing(beside: Once | None) -> Response:
            row = await self._reading.find(call, row_id_of(request, self._kind))
            values = self._arguments(body, action)
            expect = self._expected(request, action)
            row = await self._perform(call, action, row.id, values, expect, beside)
            return await self._shown(call, request, row, wanted)

        return await answered_once(call, request, body, MEDIA, sketch, doing)

    async def act_on_many(self, call: Call, request: Request, action: Action[Any, ...]) -> Response:
        """200 with the rows as they are afterwards, and what became of each in `meta.outcomes`."""
        wanted = self._reading.asked(call, request, SHOWING)
        body = await json_object(request)

        async def doing(beside: Once | None) -> Response:
            order = self._order(body, action)
            outcomes = await self._perform_many(call, action, order, beside)
            rows = [] if action.removes else [each.row for each in outcomes if each.error is None]
            document = await self._reading.shown_many(call, rows, wanted)
            return answer(document | self._outcomes(outcomes))

        return await answered_once(call, request, body, MEDIA, self._sketch_of_many, doing)

    def _order(self, body: Any, action: Action[Any, ...]) -> Order:
        ids, meta = self._ids(body), member(body, "meta", dict, "", {})
        mode = meta.get("mode", "all")
        if mode not in MODES:
            raise BadDocument(fields={"/meta/mode": [f"must be one of {', '.join(MODES)}"]})
        given = member(meta, "arguments", dict, "/meta", {})
        with pointed(self._kind, at="/meta/arguments"):
            return Order(ids, mode, checked(self._kind.model(action.name), given))

    async def relate(self, call: Call, request: Request, link: Link) -> Response:
        """Has a row belong to another, or to none."""
        row = await self._reading.find(call, row_id_of(request, self._kind))
        if (
            link.is_many
            or not self._kind.offers("update")
            or link.column not in self._kind.model("update").model_fields
        ):
            raise Unwritable(f"{link.name} cannot be changed here", place="/data")
        body = await json_object(request)
        if "data" not in body:
            raise BadDocument(fields={"/data": ["is required: null, or an object with type and id"]})
        values = {link.column: await linked(call, self._kinds, link, body["data"], "/data")}
        with pointed(self._kind, at="/data"):
            values = checked(self._kind.model("update"), values)
        await self._examine(call, values, row)
        action = self._kind.spec.resource.update
        await self._perform(call, action, row.id, values, self._expected(request, action))
        return await self._reading.relationship(call, request, link)

    async def _perform(
        self,
        call: Call,
        action: Action[Any, ...],
        row_id: UUID,
        values: dict[str, Any],
        expect: Expect | None = None,
        beside: Once | None = None,
    ) -> Any:
        try:
            with pointed(self._kind):
                return await call.core.perform(
                    call.actor, action, row_id, expect=expect, beside=beside, **values
                )
        except Conflict as error:
            if expect is not None and error.code == "stale":
                raise outdated(error) from error
            raise

    async def _perform_many(
        self, call: Call, action: Action[Any, ...], order: Order, beside: Once | None
    ) -> list[Outcome]:
        seen = await self._reading.seen_among(call, order.ids)
        unseen = [Outcome(each, error=self._reading.missing(each)) for each in order.ids if each not in seen]
        if unseen and order.mode == "all":
            raise Conflict(
                f"{action.name} is refused for {len(unseen)} of {len(order.ids)}: nothing was done",
                code="bulk-refused", hint='leave those out, or ask for mode "each"',
                details={"refused": {str(each.id): _said(each) for each in unseen}},
            )  # fmt: skip
        there = [each for each in order.ids if each in seen]
        done = await call.core.perform_many(
            call.actor, action, there, mode=order.mode, beside=beside, **order.values
        )
        by_id = {each.id: each for each in [*done, *unseen]}
        return [by_id[each] for each in order.ids]

    def _ids(self, body: Any) -> list[UUID]:
        data = member(body, "data", list, "")
        ids: dict[UUID, None] = {}
        for index, each in enumerate(data):
            if not isinstance(each, dict) or not isinstance(each.get("type"), str):
                raise BadDocument(fields={f"/data/{index}": ["must be an object with type and id"]})
            if each["type"] != self._kind.name:
                said = f"is {each['type']!r}, where {self._kind.name!r} belong"
                raise Mismatched(said, place=f"/data/{index}/type", code="type-mismatch")
            ids[uuid_of(each.get("id"), f"/data/{index}/id")] = None
        if not 1 <= len(ids) <= MOST_AT_ONCE:
            raise Invalid(fields={"/data": [f"must name 1 to {MOST_AT_ONCE} rows"]})
        return list(ids)

    def _arguments(self, body: Any, action: Action[Any, ...]) -> dict[str, Any]:
        given, pointer = arguments(body, self._kind)
        with pointed(self._kind, at=pointer):
            return checked(self._kind.model(action.name), given)

    def _outcomes(self, outcomes: Sequence[Outcome]) -> Document:
        return {"meta": {"outcomes": [self._outcome(each) for each in outcomes]}}

    def _sketch_of_many(self, outcomes: Sequence[Outcome]) -> Response:
        return answer({"data": []} | self._outcomes(outcomes))

    def _sketch(self, call: Call, request: Request, wanted: Asked, status: int, row: Any) -> Response:
        """The row as it is, without what the engine or other rows say of it."""
        return self._placed(request, row, self._reading.sketched(call, row, wanted), status)

    def _placed(self, request: Request, row: Any, document: Document, status: int) -> Response:
        response = answer(document, status)
        if status == HTTPStatus.CREATED:
            response.headers["Location"] = f"{self._kind.path}/{row.id}"
        return tagged(request, response, row)

    def _outcome(self, outcome: Outcome) -> Document:
        who = identifier(self._kind.name, outcome.id)
        if outcome.error is None:
            return {**who, "status": "done"}
        return {**who, "status": "refused", "errors": objects_of(outcome.error)}

    def _expected(self, request: Request, action: Action[Any, ...]) -> Expect | None:
        return expected(request, is_needed=action.name in self._kind.exposure.needs_match)

    async def _examine(self, call: Call, values: dict[str, Any], row: Any) -> None:
        if self._kind.exposure.examine is not None:
            with pointed(self._kind):
                await self._kind.exposure.examine(call, values, row)

    async def _shown(
        self, call: Call, request: Request, row: Any, wanted: Asked, status: int = HTTPStatus.OK
    ) -> Response:
        return self._placed(request, row, await self._reading.shown(call, row, wanted), status)


def _said(outcome: Outcome) -> Document:
    assert outcome.error is not None
    return {"code": outcome.error.code, "error": outcome.error.message}
