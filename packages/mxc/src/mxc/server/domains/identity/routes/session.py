"""Signing in and out with a browser's cookie, and who one is."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from mxc.server.domains.identity.ended_session import EndedSession
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.exposure import Exposure
from mxc.server.hosting.identity import COOKIE
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Caller, core_of
from mxc.server.kernel.resource import checked

public = APIRouter(prefix="/session", tags=["session"])
router = APIRouter(prefix="/session", tags=["session"])
exposure = Exposure(EndedSession, without=frozenset({"list", "show", "create", "update", "delete"}))
Short = Annotated[str, Field(min_length=1, max_length=1024)]


class Credentials(BaseModel):
    """What a person signs in with."""

    model_config = ConfigDict(extra="forbid")
    email: Short
    password: Short


@public.post("", **answers(Credentials))
async def sign_in(request: Request, body: Body) -> Response:
    """Sign in: sets the session cookie."""
    core, given = core_of(request), checked(Credentials, body)
    address = request.client.host if request.client else ""
    value = await core.identity.sign_in(core, given["email"], given["password"], address)
    response = reply({"email": given["email"].strip().lower()})
    response.set_cookie(
        COOKIE, value, path="/", httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return response


@router.get("", **answers())
async def whoami(call: Caller) -> Response:
    """Who this token or session stands for."""
    return reply(_document(call))


@router.delete("", **answers())
async def sign_out(call: Caller, request: Request) -> Response:
    """End the session: its cookie is worth nothing from now on, whoever copied it."""
    await call.core.identity.sign_out(call.core, request.cookies.get(COOKIE, ""))
    response = reply(_document(call))
    response.delete_cookie(COOKIE, path="/")
    return response


def _document(call: Caller) -> dict[str, Any]:
    actor = call.actor
    return {"id": actor.id, "name": actor.name, "kind": actor.kind, "role": actor.role, "scope": actor.scope}
