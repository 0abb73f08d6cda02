"""Links by mail, and passwords: for programs; people use the pages around /login."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from mxc.server.domains.identity.password import NewPassword
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Caller, core_of, give_cookie, visitor_of
from mxc.server.kernel.errors import Forbidden
from mxc.server.kernel.resource import checked

public = APIRouter(tags=["session"])
router = APIRouter(tags=["session"])
Short = Annotated[str, Field(min_length=1, max_length=1024)]


class Wanted(StrEnum):
    SIGN_IN = "sign-in"
    PASSWORD = "password"  # noqa: S105 (a purpose)


class Asked(BaseModel):
    """Who wants a link, and what for."""

    model_config = ConfigDict(extra="forbid")
    email: Short
    purpose: Wanted = Wanted.SIGN_IN


class Redeemed(BaseModel):
    """What stands behind the `#` of a link; with a password for one that is to choose one."""

    model_config = ConfigDict(extra="forbid")
    secret: Short
    password: NewPassword | None = None


class Changed(BaseModel):
    """The password there is, and the one there is to be."""

    model_config = ConfigDict(extra="forbid")
    current: Short
    password: NewPassword


@public.post("/links", **answers(Asked, status=202))
async def ask_for_link(request: Request, body: Body) -> Response:
    """Have a link mailed that signs in, or lets choose a password, once. Always answers alike."""
    core, given = core_of(request), checked(Asked, body)
    purpose = given.get("purpose", Wanted.SIGN_IN).value
    await core.identity.ask_for_link(core, given["email"], purpose, visitor_of(request))
    return reply({"said": "if somebody has this address, a link is on its way"}, 202)


@public.post("/links/redeem", **answers(Redeemed))
async def redeem_link(request: Request, body: Body) -> Response:
    """Sign in by a link; sets the session cookie."""
    core, given, visitor = core_of(request), checked(Redeemed, body), visitor_of(request)
    identity, secret, password = core.identity, given["secret"], given.get("password")
    if password is not None:
        cookie = await identity.choose_password(core, secret, password, visitor)
    else:
        cookie = await identity.come_in(core, secret, visitor)
    response = reply({"signed_in": True})
    give_cookie(request, response, cookie)
    return response


@router.post("/session/password", **answers(Changed))
async def change_password(call: Caller, body: Body) -> Response:
    """Change your password; every session of yours is over."""
    if call.actor.kind != "user":
        raise Forbidden("a token changes no password", hint="sign in with your browser")
    given = checked(Changed, body)
    await call.core.identity.change_password(call.core, call.actor, given["current"], given["password"])
    return reply({"changed": True})
