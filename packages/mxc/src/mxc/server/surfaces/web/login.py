"""Signing in and out: plain server-rendered routes, so they work before any script and without a socket."""

from html import escape
from importlib.resources import files
from secrets import token_urlsafe
from string import Template
from typing import Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from mxc.server.hosting.core import Core
from mxc.server.hosting.design.stylesheet import behaviour, stylesheet
from mxc.server.hosting.identity import COOKIE
from mxc.server.hosting.request import give_cookie, refuse_other_sites, visitor_of
from mxc.server.kernel.errors import MxcError
from mxc.server.surfaces.web.content_policy import protect

MAX_FORM: Final = 4096
_TEMPLATE: Final = Template((files(__package__ or "") / "login.html").read_text(encoding="utf-8"))


def login_routes(core: Core) -> APIRouter:
    """GET and POST /login, POST /logout."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    async def ask(request: Request) -> Response:
        value = request.cookies.get(COOKIE)
        if value and await core.identity.actor_from_cookie(core, value):
            return RedirectResponse(_local(request.query_params.get("next", "/")), status_code=303)
        return _form(next_path=_local(request.query_params.get("next", "/")))

    @router.post("/login")
    async def answer(request: Request) -> Response:
        form = await _posted(request)
        target, email = _local(form.get("next", "/")), form.get("email", "").strip()
        try:
            refuse_other_sites(request)
            cookie = await core.identity.sign_in(core, email, form.get("password", ""), visitor_of(request))
        except MxcError as error:
            return _form(next_path=target, email=email, complaint=_sentence(error), status=error.status)
        return _signed_in(request, target, cookie)

    @router.post("/logout")
    async def leave(request: Request) -> Response:
        refuse_other_sites(request)
        await core.identity.sign_out(core, request.cookies.get(COOKIE, ""))
        response = RedirectResponse("/login", status_code=303)
        response.delete_cookie(COOKIE, path="/")
        return response

    return router


def _sentence(error: MxcError) -> str:
    """What is wrong and what helps, for people."""
    words = f"{error.message}: {error.hint}" if error.hint else error.message
    return f"{words[:1].upper()}{words[1:]}."


def _signed_in(request: Request, target: str, cookie: str) -> Response:
    response = RedirectResponse(target, status_code=303)
    give_cookie(request, response, cookie)
    return response


async def _posted(request: Request) -> dict[str, str]:
    """The form's fields; a body too long to be ours counts as empty."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            return {}
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _local(target: str) -> str:
    """A path of ours; anything that could lead elsewhere becomes the overview."""
    is_path = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if is_path else "/"


def _form(*, next_path: str, email: str = "", complaint: str = "", status: int = 200) -> Response:
    nonce = token_urlsafe(16)
    page = _TEMPLATE.substitute(
        nonce=nonce,
        script=behaviour().path,
        style=stylesheet().path,
        next=escape(next_path, quote=True),
        email=escape(email, quote=True),
        complaint=escape(complaint),
        invalid="true" if complaint else "false",
    )
    response = HTMLResponse(page, status_code=status, headers={"Cache-Control": "no-store"})
    protect(response.headers, nonce)
    return response
