"""Signing in and out with a browser's cookie, who one is, and where else one is signed in."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from mxc.server.domains.identity.own_sessions import end_own_session, own_sessions
from mxc.server.domains.identity.places import Place, places_of
from mxc.server.domains.identity.session import Session
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.identity import COOKIE
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Caller, core_of, give_cookie, visitor_of
from mxc.server.kernel.resource import checked, spec_of

public = APIRouter(prefix="/session", tags=["session"])
router = APIRouter(tags=["session"])
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
    value = await core.identity.sign_in(core, given["email"], given["password"], visitor_of(request))
    response = reply({"email": given["email"].strip().lower()})
    give_cookie(request, response, value)
    return response


@router.get("/session", **answers())
async def whoami(call: Caller) -> Response:
    """Who this token or session stands for, and the organisations they belong to."""
    places = await places_of(call.core, UUID(call.actor.id))
    return reply(_document(call) | {"tenants": [_place(place) for place in places]})


@router.delete("/session", **answers())
async def sign_out(call: Caller, request: Request) -> Response:
    """End the session: its cookie is worth nothing from now on, whoever copied it."""
    await call.core.identity.sign_out(call.core, request.cookies.get(COOKIE, ""))
    response = reply(_document(call))
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/sessions", **answers())
async def list_sessions(call: Caller, request: Request) -> Response:
    """Every browser you are signed in with."""
    here = await call.core.identity.session_id(call.core, request.cookies.get(COOKIE, ""))
    shown = [
        _session(call, row) | {"is_this": row.id == here} for row in await own_sessions(call.core, call.actor)
    ]
    return reply(shown)


@router.delete("/sessions/{row_id}", **answers())
async def end_session(call: Caller, row_id: UUID) -> Response:
    """Sign that browser out."""
    return reply(_session(call, await end_own_session(call.core, call.actor, row_id)))


@router.post("/tenants/switch/{tenant_id}", **answers())
async def switch_tenant(call: Caller, request: Request, tenant_id: UUID) -> Response:
    """Have this session look at another organisation you belong to."""
    place = await call.core.identity.move(call.core, request.cookies.get(COOKIE, ""), tenant_id)
    return reply(_place(place))


def _session(call: Caller, row: Session) -> dict[str, Any]:
    return spec_of(Session).document(row, now=call.core.clock.now())


def _place(place: Place) -> dict[str, Any]:
    tenant = place.tenant
    return {
        "id": str(tenant.id), "name": tenant.name, "slug": tenant.slug, "status": tenant.status.value,
        "role": place.membership.role,
    }  # fmt: skip


def _document(call: Caller) -> dict[str, Any]:
    actor = call.actor
    return {
        "id": actor.id, "name": actor.name, "kind": actor.kind, "role": actor.role, "scope": actor.scope,
        "tenant_id": str(actor.tenant_id), "is_super_admin": actor.is_super_admin,
    }  # fmt: skip
