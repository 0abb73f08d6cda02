"""Signing in with a provider, and linking one: to it with an errand, and back with its answer."""

from collections.abc import Sequence
from html import escape
from typing import Final
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from mxc.server.hosting.core import Core
from mxc.server.hosting.identity import COOKIE, Offer
from mxc.server.hosting.request import refuse_other_sites, visitor_of
from mxc.server.kernel.errors import MxcError, NotFound
from mxc.server.surfaces.web.door import Form, drawn, let_in, local, sentence

ERRAND: Final = "mxc_errand"
PATH: Final = "/login/with"
GOOD_FOR_S: Final = 600
LINK: Final = Form("linking", "", "Link an account")
FAILED: Final = Form("failed", "/login", "Not signed in")


def buttons(offers: Sequence[Offer], target: str) -> str:
    """The providers on the sign-in page; links, because a form of ours leads to nobody else."""
    return "".join(
        f'<a class="m-button" href="{PATH}/{quote(each.key)}?next={quote(target, safe="")}">'
        f"Sign in with {escape(each.label)}</a>"
        for each in offers
    )


def provider_routes(core: Core) -> APIRouter:
    """GET /login/with/<provider>, its /back, and GET and POST its /link for who is signed in."""
    router = APIRouter(include_in_schema=False, prefix=PATH)

    @router.get("/{key}")
    async def set_out(request: Request, key: str) -> Response:
        target = local(request.query_params.get("next", "/"))
        return await _set_out(core, request, key, target)

    @router.get("/{key}/back")
    async def come_back(request: Request, key: str) -> Response:
        response = await _come_back(core, request, key)
        response.delete_cookie(ERRAND, path=PATH)
        return response

    @router.get("/{key}/link")
    async def ask(request: Request, key: str) -> Response:
        try:
            return await _ask(core, request, key)
        except MxcError as error:
            return _failed(error)

    @router.post("/{key}/link")
    async def link(request: Request, key: str) -> Response:
        refuse_other_sites(request)
        return await _set_out(core, request, key, "/", request.cookies.get(COOKIE, "") or "none")

    return router


def _own(core: Core, request: Request) -> str:
    return core.identity.address or str(request.base_url)


async def _set_out(core: Core, request: Request, key: str, target: str, session: str = "") -> Response:
    try:
        departure = await core.identity.set_out(core, key, _own(core, request), target, session)
    except MxcError as error:
        return _failed(error)
    response = RedirectResponse(departure.url, 303)
    response.set_cookie(
        ERRAND, departure.cookie, max_age=GOOD_FOR_S, path=PATH, httponly=True, samesite="lax",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return response


async def _come_back(core: Core, request: Request, key: str) -> Response:
    errand, session = request.cookies.get(ERRAND, ""), request.cookies.get(COOKIE, "")
    answer, visitor, own = dict(request.query_params), visitor_of(request), _own(core, request)
    try:
        back = await core.identity.come_back(core, key, own, errand, session, answer, visitor)
    except MxcError as error:
        return _failed(error)
    target = local(back.target)
    return let_in(request, target, back.session) if back.session else RedirectResponse(target, 303)


async def _ask(core: Core, request: Request, key: str) -> Response:
    session = request.cookies.get(COOKIE, "")
    actor = await core.identity.actor_from_cookie(core, session)
    if actor is None:
        return RedirectResponse(f"/login?next={quote(request.url.path, safe='/')}", 303)
    departure = await core.identity.set_out(core, key, _own(core, request), "/", session)
    offers = await core.identity.offered(core, "")
    label = next((each.label for each in offers if each.key == key), "the provider")
    to = urlsplit(departure.url)
    return drawn(
        LINK, action=request.url.path, leads_to=f"{to.scheme}://{to.netloc}", title=f"Link {label}",
        who=actor.name, label=label, complaint="",
    )  # fmt: skip


def _failed(error: MxcError) -> Response:
    title = "There is nothing here" if isinstance(error, NotFound) else ""
    return drawn(FAILED, status=error.status, title=title, complaint=sentence(error))
