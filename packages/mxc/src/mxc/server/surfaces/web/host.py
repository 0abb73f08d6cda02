"""Hosts a declared page: who is it for, the frame around it, and what to show when it cannot be shown."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Final
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import Client, context, ui

from mxc.server.hosting.core import Core
from mxc.server.hosting.design.frame import MenuEntry, Standing, frame
from mxc.server.hosting.design.panel import empty_state
from mxc.server.hosting.design.stylesheet import behaviour, stylesheet
from mxc.server.hosting.identity import COOKIE
from mxc.server.hosting.live import Live
from mxc.server.hosting.page import PAGES, Page, Visit
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import MxcError, NotFound

_SIGNS: Final = {403: "lock", 404: "search_off", 503: "cloud_off"}


class Host:
    """One per application."""

    def __init__(self, core: Core, live: Live) -> None:
        self._core = core
        self._live = live

    def hosted(self, declared: Page) -> Callable[[Request], Awaitable[Response | None]]:
        """The page as a route: a redirect to the login for strangers, else the page in its frame."""

        async def answer(request: Request) -> Response | None:
            actor = await self._actor(request)
            if actor is None:
                target = quote(request.url.path, safe="/")
                return RedirectResponse(f"/login?next={target}", status_code=303)
            await self._show(declared, request, actor)
            return None

        return answer

    async def _show(self, declared: Page, request: Request, actor: Actor) -> None:
        _give_up_main(context.client)
        ui.add_head_html(f'<script src="{behaviour().path}"></script>')
        ui.add_head_html(f'<link rel="stylesheet" href="{stylesheet().path}">')
        query = dict(request.query_params)
        visit = Visit(self._core, actor, self._live, partial(self._actor, request), query)
        with self._framed(request, visit, await self._places(actor)) as main:
            try:
                await declared.draw(visit, **request.path_params)
            except MxcError as error:
                main.clear()
                context.client.status_code = error.status
                _apologise(error)

    async def _places(self, actor: Actor) -> list[Standing]:
        found = await self._core.identity.places(self._core, actor)
        return [
            Standing(str(each.tenant_id), each.name, each.role, each.tenant_id == actor.tenant_id)
            for each in found
        ]

    def _framed(
        self, request: Request, visit: Visit, places: list[Standing]
    ) -> AbstractContextManager[ui.element]:
        shown = sorted(
            (page for page in PAGES.values() if page.menu), key=lambda page: (page.order, page.menu)
        )
        offered = [each for each in shown if each.for_whom is None or each.for_whom(visit)]
        menu = [MenuEntry(each.menu, each.path, each.icon, each.group) for each in offered]
        actor = visit.actor
        return frame(menu, path=request.url.path, who=actor.name, role=actor.role, places=places)

    async def _actor(self, request: Request) -> Actor | None:
        value = request.cookies.get(COOKIE)
        return await self._core.identity.actor_from_cookie(self._core, value) if value else None


async def nothing_here(visit: Visit, missing: str) -> None:
    """The page at every path that is no page."""
    raise NotFound(f"there is no page at /{missing}", hint="The menu leads to every page there is.")


def _give_up_main(client: Client) -> None:
    """The framework's page element is a `main` around everything; ours stands beside the menu."""
    for element in client.page_container.default_slot.children:
        element.tag = "div"


def _apologise(error: MxcError) -> None:
    title = {403: "Not for you", 404: "Nothing here"}.get(error.status, "Not now")
    words = f"{error.message[:1].upper()}{error.message[1:]}. {error.hint}"
    empty_state(_SIGNS.get(error.status, "report"), title, words)
