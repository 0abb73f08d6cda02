"""Coming in by a link from a mail: asking for one, and opening one."""

from typing import Final

from fastapi import APIRouter, Request, Response

from mxc.server.hosting.core import Core
from mxc.server.hosting.request import refuse_other_sites, visitor_of
from mxc.server.kernel.errors import MxcError
from mxc.server.surfaces.web.door import Form, drawn, let_in, posted, sentence

ASK: Final = Form("ask", "/login/link", "A link by mail")
OPEN: Final = Form("link", "/link", "Your link")
SENT: Final = "If somebody has this address, a link is on its way. It works once."
NEW_FIELD: Final = (
    '<div class="m-field"><label for="password">New password</label>'
    '<input class="m-input" id="password" name="password" type="password" autocomplete="new-password" '
    'minlength="12" required autofocus aria-describedby="complaint"></div>'
)


def link_routes(core: Core) -> APIRouter:
    """GET and POST /login/link and /link. Looking at a link does not use it: only its button does."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login/link")
    async def ask() -> Response:
        return _ask()

    @router.post("/login/link")
    async def send(request: Request) -> Response:
        form = await posted(request)
        email = form.get("email", "").strip()
        try:
            refuse_other_sites(request)
            purpose = "password" if form.get("purpose") == "password" else "sign-in"
            await core.identity.ask_for_link(core, email, purpose, visitor_of(request))
        except MxcError as error:
            return _ask(email=email, complaint=sentence(error), status=error.status)
        return _ask(email=email, said=SENT)

    @router.get("/link")
    async def look() -> Response:
        return _open()

    @router.post("/link")
    async def use(request: Request) -> Response:
        return await _use(core, request)

    return router


async def _use(core: Core, request: Request) -> Response:
    form = await posted(request)
    secret, password = form.get("secret", ""), form.get("password")
    wants_password = False
    try:
        refuse_other_sites(request)
        wants_password = await core.identity.purpose_of(core, secret) == "password"
        if wants_password and password is None:
            return _open(secret=secret, wants_password=True)
        cookie = await _redeemed(core, request, secret, password)
    except MxcError as error:
        return _open(
            secret=secret, wants_password=wants_password, complaint=sentence(error), status=error.status
        )
    return let_in(request, "/", cookie)


async def _redeemed(core: Core, request: Request, secret: str, password: str | None) -> str:
    visitor = visitor_of(request)
    if password is None:
        return await core.identity.come_in(core, secret, visitor)
    return await core.identity.choose_password(core, secret, password, visitor)


def _ask(*, email: str = "", said: str = "", complaint: str = "", status: int = 200) -> Response:
    return drawn(
        ASK, status=status, email=email, said=said, complaint=complaint,
        invalid="true" if complaint else "false",
    )  # fmt: skip


def _open(
    *, secret: str = "", wants_password: bool = False, complaint: str = "", status: int = 200
) -> Response:
    return drawn(
        OPEN, status=status, secret=secret, complaint=complaint,
        markup={"field": NEW_FIELD if wants_password else ""},
        title="Choose a password" if wants_password else "",
        button="Keep this password" if wants_password else "Go on",
    )  # fmt: skip
