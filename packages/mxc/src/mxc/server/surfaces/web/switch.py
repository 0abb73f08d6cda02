"""Looking at another organisation: one click, after which no page shows the one before any more."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from nicegui import Client, ui

from mxc.server.hosting.core import Core
from mxc.server.hosting.identity import COOKIE
from mxc.server.hosting.request import refuse_other_sites
from mxc.server.kernel.errors import MxcError

OVERVIEW: Final = "/"


def switch_routes(core: Core) -> APIRouter:
    """POST /tenants/switch/{id}, from the frame of every page."""
    router = APIRouter(include_in_schema=False)

    @router.post("/tenants/switch/{tenant_id}")
    async def switch(request: Request, tenant_id: UUID) -> Response:
        refuse_other_sites(request)
        cookie = request.cookies.get(COOKIE, "")
        try:
            await core.identity.move(core, cookie, tenant_id)
        except MxcError as error:
            if error.status not in (401, 403, 404):
                raise
            return RedirectResponse(OVERVIEW, status_code=303)
        leave_pages(cookie)
        return RedirectResponse(OVERVIEW, status_code=303)

    return router


def leave_pages(cookie: str) -> None:
    """Has every open page of this session go to the overview: what they show is of another organisation."""
    for client in list(Client.instances.values()):
        if cookie and client.has_socket_connection and client.request.cookies.get(COOKIE) == cookie:
            with client:
                ui.navigate.to(OVERVIEW)
