"""Signing in and out: plain server-rendered routes, so they work before any script and without a socket."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from mxc.server.hosting.core import Core
from mxc.server.hosting.identity import COOKIE
from mxc.server.hosting.request import refuse_other_sites, visitor_of
from mxc.server.kernel.errors import MxcError
from mxc.server.surfaces.web.door import Form, drawn, let_in, local, posted, sentence
from mxc.server.surfaces.web.providers import buttons

WORDS: Final = "No password, or forgotten? Have a link mailed."
FORM: Final = Form("login", "/login", "Sign in")
OTHER: Final = f'<p class="m-hint"><a class="m-link" href="/login/link">{WORDS}</a></p>'


def login_routes(core: Core) -> APIRouter:
    """GET and POST /login, POST /logout."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    async def ask(request: Request) -> Response:
        value = request.cookies.get(COOKIE)
        if value and await core.identity.actor_from_cookie(core, value):
            return RedirectResponse(local(request.query_params.get("next", "/")), status_code=303)
        return await _form(core, request, next_path=local(request.query_params.get("next", "/")))

    @router.post("/login")
    async def answer(request: Request) -> Response:
        form = await posted(request)
        target, email = local(form.get("next", "/")), form.get("email", "").strip()
        try:
            refuse_other_sites(request)
            cookie = await core.identity.sign_in(core, email, form.get("password", ""), visitor_of(request))
        except MxcError as error:
            return await _form(
                core, request, next_path=target, email=email, complaint=sentence(error), status=error.status
            )
        return let_in(request, target, cookie)

    @router.post("/logout")
    async def leave(request: Request) -> Response:
        refuse_other_sites(request)
        await core.identity.sign_out(core, request.cookies.get(COOKIE, ""))
        response = RedirectResponse("/login", status_code=303)
        response.delete_cookie(COOKIE, path="/")
        return response

    return router


async def _form(
    core: Core, request: Request, *, next_path: str, email: str = "", complaint: str = "", status: int = 200
) -> Response:
    organisation = request.query_params.get("organisation", "")
    return drawn(
        FORM,
        status=status,
        markup={
            "other": OTHER if core.identity.can_mail else "",
            "others": buttons(await core.identity.offered(core, organisation), next_path),
        },
        next=next_path,
        email=email,
        complaint=complaint,
        invalid="true" if complaint else "false",
    )
