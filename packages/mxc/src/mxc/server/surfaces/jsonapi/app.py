"""The application below `/api/v2`, mounted as one: its errors are JSON:API, also those of unknown paths."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from mxc.server.hosting.core import Core
from mxc.server.hosting.exposure import Exposure
from mxc.server.kernel.errors import MxcError
from mxc.server.surfaces.jsonapi import mistakes
from mxc.server.surfaces.jsonapi.description import description
from mxc.server.surfaces.jsonapi.kinds import BASE, Kinds, kinds_of
from mxc.server.surfaces.jsonapi.routes import Route, routes_of

__all__ = ["BASE", "create_app"]


def create_app(core: Core, exposures: Sequence[Exposure]) -> Starlette:
    """What is offered of these resources."""
    kinds = kinds_of(exposures)
    routes = list(routes_of(kinds))
    described = _described(kinds, routes)
    app = Starlette(
        routes=[*(Path(path, described) for path in ("/openapi.json", "/open_api")), *_paths(routes)],
        exception_handlers={
            MxcError: mistakes.ours,
            HTTPException: mistakes.http,
            Exception: mistakes.unexpected,
        },
    )
    app.state.core = core
    return app


def _described(kinds: Kinds, routes: Sequence[Route]) -> Callable[[Request], Awaitable[Response]]:
    """The description, written when it is first asked for; it holds no data, so everybody may read it."""

    @cache
    def written() -> bytes:
        return msgspec.json.encode(description(kinds, routes), enc_hook=str)

    async def serve(_: Request) -> Response:
        return Response(written(), media_type="application/json")

    return serve


def _paths(routes: Sequence[Route]) -> list[BaseRoute]:
    """One for each path, so that an unknown method is answered with those that are known."""
    by_path: dict[str, dict[str, Route]] = {}
    for route in routes:
        by_path.setdefault(route.path, {})[route.method] = route
    return [Path(path, _serving(methods), methods=list(methods)) for path, methods in by_path.items()]


def _serving(methods: Mapping[str, Route]) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        return await methods["GET" if request.method == "HEAD" else request.method].serve(request)

    return serve
