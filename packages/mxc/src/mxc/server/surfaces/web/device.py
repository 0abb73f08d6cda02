"""Approving what another machine asks for: type its code, see who asks for what, and answer."""

from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from mxc.server.hosting.core import Core
from mxc.server.hosting.identity import COOKIE
from mxc.server.hosting.request import refuse_other_sites
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import MxcError
from mxc.server.surfaces.web.door import Form, drawn, posted, sentence

TYPE: Final = Form("device_code", "/device", "A code from another machine")
APPROVE: Final = Form("device", "/device", "Let this machine in?")
DONE: Final = Form("device_done", "/device", "Done")
MAY: Final = {"read": "look at everything you see", "write": "do what operators do",
              "admin": "do all that you may"}  # fmt: skip


def device_routes(core: Core) -> APIRouter:
    """GET and POST /device, for who is signed in."""
    router = APIRouter(include_in_schema=False)

    @router.get("/device")
    async def look(request: Request) -> Response:
        code = request.query_params.get("code", "")[:20]
        actor = await _who(core, request)
        if actor is None:
            back = f"/device?code={code}" if code else "/device"
            return RedirectResponse(f"/login?next={quote(back, safe='/')}", 303)
        return await _asked(core, actor, code) if code else _type()

    @router.post("/device")
    async def answer(request: Request) -> Response:
        form = await posted(request)
        code, said, actor = form.get("code", ""), form.get("answer", ""), await _who(core, request)
        try:
            refuse_other_sites(request)
            if actor is None:
                return RedirectResponse("/login?next=/device", 303)
            if said not in ("approve", "deny"):
                return await _asked(core, actor, code)
            await core.identity.grants.answer(core, actor, code, said == "approve")
        except MxcError as error:
            return _type(code=code, complaint=sentence(error), status=error.status)
        is_in = said == "approve"
        said = "It has its token now: go on there." if is_in else "It gets nothing."
        return drawn(DONE, title="The machine is in" if is_in else "Refused", said=said)

    return router


async def _who(core: Core, request: Request) -> Actor | None:
    value = request.cookies.get(COOKIE)
    return await core.identity.actor_from_cookie(core, value) if value else None


async def _asked(core: Core, actor: Actor, code: str) -> Response:
    try:
        asking = await core.identity.grants.asking(core, actor, code)
    except MxcError as error:
        return _type(code=code, complaint=sentence(error), status=error.status)
    ago = int((core.clock.now() - asking.at).total_seconds())
    return drawn(
        APPROVE, code=code, name=asking.name, address=asking.address, ago=f"{ago} s ago",
        may=MAY[asking.scope], days=str(asking.days), who=actor.name,
    )  # fmt: skip


def _type(*, code: str = "", complaint: str = "", status: int = 200) -> Response:
    return drawn(TYPE, status=status, code=code, complaint=complaint)
