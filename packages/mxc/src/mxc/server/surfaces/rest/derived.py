"""The endpoints of one resource, derived from its spec."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response

from mxc.server.hosting.body import Body
from mxc.server.hosting.exposure import Document, Exposure
from mxc.server.hosting.lookup import find
from mxc.server.hosting.precondition import expected, outdated, tagged
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Call, Caller
from mxc.server.kernel.errors import Conflict, Invalid
from mxc.server.kernel.resource import Action, Spec, checked
from mxc.server.surfaces.rest.listing import Wanted, wanted
from mxc.server.surfaces.rest.schemas import Described, described, update_model

Endpoint = Callable[..., Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Derived:
    """What REST can do with one resource."""

    spec: Spec
    exposure: Exposure

    @property
    def path(self) -> str:
        """Where it lives below /api."""
        return "/" + (self.exposure.path or self.spec.plural.replace("_", "-"))

    def router(self) -> APIRouter:
        """Its endpoints."""
        router = APIRouter(prefix=self.path, tags=[self.path.strip("/")])
        for name, method, path, endpoint, status in self._offered():
            described_as: Described = described(self.spec, self.exposure, name, status)
            router.add_api_route(
                path,
                endpoint,
                methods=[method],
                status_code=status,
                name=f"{name}_{self.spec.name}",
                operation_id=f"{name}_{self.spec.name}" + ("_replace" if method == "PUT" else ""),
                response_class=Response,
                **described_as.options(),
            )
        return router

    def _offered(self) -> list[tuple[str, str, str, Endpoint, int]]:
        one = "/{row_id}"
        every = [
            ("list", "GET", "", self._list(), 200),
            ("show", "GET", one, self._show(), 200),
            ("create", "POST", "", self._create(), 201),
            ("update", "PATCH", one, self._update(), 200),
            ("update", "PUT", one, self._replace(), 200),
            ("delete", "DELETE", one, self._act(self.spec.actions.get("delete")), 200),
            *(
                (action.name, "POST", f"{one}/{action.name}", self._act(action), 200)
                for action in self.spec.actions.values()
                if action.kind == "act" and action.name not in {"delete", "purge"}
            ),
        ]
        offered = [each for each in every if self._is_offered(each[0])]
        return [each for each in offered if each[1] != "PUT" or self._is_replaceable()]

    def _is_offered(self, name: str) -> bool:
        if name in self.exposure.without:
            return False
        if name in {"list", "show"}:
            return True
        action = self.spec.actions.get(name)
        return action is not None and not action.internal

    def _is_replaceable(self) -> bool:
        """Whole documents are put only where there is no state that a document could not say."""
        return self._is_offered("create") and self.spec.lifecycle is None

    def _list(self) -> Endpoint:
        async def list_rows(call: Caller, request: Request) -> Response:
            sees = call.core.sees(call.actor, self.spec)
            want = wanted(self.spec, dict(request.query_params), call.core.clock.now(), sees)
            documents, following = await self._page(call, want)
            return tagged(request, reply(await self._enriched(call, documents), next=following))

        return list_rows

    async def _page(self, call: Call, want: Wanted) -> tuple[list[Document], str | None]:
        where = list(want.where)
        if (visible := self.exposure.seen_by(call)) is not None:
            where.append(visible)
        room = want.limit + 1 if not want.computed else 10_000
        found = await call.core.select(
            call.actor, self.spec.resource, *where, order=want.order.order(), limit=room
        )
        pairs = [(row, call.core.document(call.actor, row)) for row in found]
        fitting = [pair for pair in pairs if all(pair[1][n] in v for n, v in want.computed.items())]
        shown = fitting[: want.limit]
        following = want.order.cursor(shown[-1][0]) if len(fitting) > want.limit else None
        return [document for _, document in shown], following

    def _show(self) -> Endpoint:
        async def show_row(call: Caller, row_id: str, request: Request) -> Response:
            row = await find(call, self.spec.resource, row_id, self.exposure.seen_by(call))
            return tagged(request, reply(await self._document(call, row)), row)

        return show_row

    def _create(self) -> Endpoint:
        async def create_row(call: Caller, body: Body, request: Request) -> Response:
            values = checked(self.spec.create_model, body, self.spec.aliases)
            await self._examine(call, values, None)
            row = await call.core.perform(call.actor, self.spec.resource.create, uuid4(), **values)
            return tagged(request, reply(await self._document(call, row), 201), row)

        return create_row

    def _update(self) -> Endpoint:
        async def update_row(call: Caller, row_id: str, body: Body, request: Request) -> Response:
            values = checked(update_model(self.spec), body, self.spec.aliases)
            if not values:
                names = ", ".join(update_model(self.spec).model_fields)
                raise Invalid("nothing to change was given", hint=f"give any of: {names}")
            return await self._change(call, row_id, values, request)

        return update_row

    def _replace(self) -> Endpoint:
        async def replace_row(call: Caller, row_id: str, body: Body, request: Request) -> Response:
            values = checked(self.spec.create_model, body, self.spec.aliases)
            editable = update_model(self.spec).model_fields
            kept = {name: value for name, value in values.items() if name in editable}
            return await self._change(call, row_id, kept, request)

        return replace_row

    async def _change(self, call: Call, row_id: str, values: dict[str, Any], request: Request) -> Response:
        row = await find(call, self.spec.resource, row_id, self.exposure.seen_by(call))
        await self._examine(call, values, row)
        row = await self._perform(call, self.spec.resource.update, row.id, values, request)
        return tagged(request, reply(await self._document(call, row)), row)

    async def _perform(
        self, call: Call, action: Action[Any, ...], row_id: UUID, values: dict[str, Any], request: Request
    ) -> Any:
        expect = expected(request, is_needed=action.name in self.exposure.needs_match)
        try:
            return await call.core.perform(call.actor, action, row_id, expect=expect, **values)
        except Conflict as error:
            if expect is not None and error.code == "stale":
                raise outdated(error) from error
            raise

    def _act(self, action: Action[Any, ...] | None) -> Endpoint:
        async def act_on_row(call: Caller, row_id: str, body: Body, request: Request) -> Response:
            assert action is not None
            values = checked(self.spec.argument_models[action.name], body)
            row = await find(call, self.spec.resource, row_id, self.exposure.seen_by(call))
            row = await self._perform(call, action, row.id, values, request)
            return tagged(request, reply(await self._document(call, row)), row)

        return act_on_row

    async def _examine(self, call: Call, values: dict[str, Any], row: Any) -> None:
        if self.exposure.examine is not None:
            await self.exposure.examine(call, values, row)

    async def _document(self, call: Call, row: Any) -> Document:
        document = call.core.document(call.actor, row)
        return (await self._enriched(call, [document]))[0]

    async def _enriched(self, call: Call, documents: list[Document]) -> Sequence[Document]:
        if self.exposure.enrich is not None:
            await self.exposure.enrich(call, documents)
        return documents
