"""`/api/catalogue`, and a header on every answer of the API that says which catalogue is the present one.

So a command line that keeps the catalogue asks for it again when it changed, and never just to be sure.
"""

from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mxc.server.hosting.describe import answers
from mxc.server.surfaces.catalogue import Catalogue

HEADER: Final = "X-Mxc-Catalogue"


class Stamped:
    """Adds the header to the API's answers; everything else passes through untouched."""

    def __init__(self, app: ASGIApp, digest: str) -> None:
        self.app, self.digest = app, digest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self.app(scope, receive, send)
            return

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = self.digest
            await send(message)

        await self.app(scope, receive, stamped)


def offered(catalogue: Catalogue) -> APIRouter:
    """The route of this catalogue."""
    router = APIRouter(tags=["catalogue"])
    headers = {"ETag": f'"{catalogue.digest}"', "Cache-Control": "private, no-cache"}

    @router.get("/catalogue", **answers(other={304: {"description": "it is the one you have"}}))
    async def read_catalogue(request: Request) -> Response:
        """What there is and what may be done to it, for programs that make their verbs of it."""
        if catalogue.digest in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(
            b'{"data":' + catalogue.content + b"}", headers=headers, media_type="application/json"
        )

    return router
