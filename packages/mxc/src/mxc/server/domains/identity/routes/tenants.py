"""Organisations: who runs the installation makes, closes and limits them; their members see their own."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from mxc.server.domains.identity.organisations import (
    close_tenant,
    found_with_owner,
    tenant_for,
    visible_tenants,
    within,
)
from mxc.server.domains.identity.password import NewPassword
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT, Plan, Tenant
from mxc.server.hosting.body import Body
from mxc.server.hosting.core import Core
from mxc.server.hosting.describe import answers
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Call, Caller, core_of, give_cookie, visitor_of
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Conflict, Forbidden
from mxc.server.kernel.resource import Action, checked, spec_of
from mxc.server.kernel.resource.fields import Look

public = APIRouter(tags=["tenants"])
router = APIRouter(prefix="/tenants", tags=["tenants"])
SPEC = spec_of(Tenant)
Short = Annotated[str, Field(min_length=1, max_length=120)]


class NewTenant(BaseModel):
    """An organisation and who is to own it; without a password an existing person is meant."""

    model_config = ConfigDict(extra="forbid")
    name: Short
    slug: Annotated[str, Field(max_length=60)] = ""
    plan: Plan = Plan.FREE
    owner_email: Annotated[str, Field(min_length=3, max_length=120)]
    owner_password: Annotated[NewPassword, Look("password")] | None = None


class Registration(BaseModel):
    """Somebody who wants an organisation of their own."""

    model_config = ConfigDict(extra="forbid")
    organisation: Short
    email: Annotated[str, Field(min_length=3, max_length=120)]
    password: NewPassword


@public.post("/register", **answers(Registration, status=201))
async def register(request: Request, body: Body) -> Response:
    """Make an organisation of your own, and sign in as its owner. Open where MXC_REGISTRATION is `open`."""
    core, given = core_of(request), checked(Registration, body)
    if not core.identity.is_registration_open:
        raise Forbidden(
            "nobody may register here by themselves",
            code="registration-closed",
            hint="ask who runs this installation; they set MXC_REGISTRATION",
        )
    if await core.identity.is_known(core, given["email"]):
        raise Conflict(
            "this address is known already", code="already-exists", hint="sign in and ask to be invited"
        )
    founder = Actor.system(DEFAULT_TENANT, given["email"])
    tenant = await found_with_owner(
        core, founder, given["organisation"], "", Plan.FREE, given["email"], given["password"]
    )
    cookie = await core.identity.sign_in(core, given["email"], given["password"], visitor_of(request))
    response = reply(_document(core, Actor.system(tenant.id), tenant), 201)
    give_cookie(request, response, cookie)
    return response


@router.get("", **answers())
async def list_tenants(call: Caller) -> Response:
    """The organisations you belong to; who runs the installation sees all."""
    found = await visible_tenants(call.core, call.actor)
    return reply([_document(call.core, await within(call.core, call.actor, each.id), each) for each in found])


@router.get("/{tenant_id}", **answers())
async def show_tenant(call: Caller, tenant_id: UUID) -> Response:
    """One of them."""
    tenant, inside = await tenant_for(call.core, call.actor, tenant_id)
    return reply(_document(call.core, inside, tenant))


@router.post("", **answers(NewTenant, status=201))
async def create_tenant(call: Caller, body: Body) -> Response:
    """Make an organisation and its first owner."""
    call.may(Tenant.set_plan)
    given = checked(NewTenant, body)
    plan = given.get("plan", Plan.FREE)
    tenant = await found_with_owner(
        call.core, call.actor, given["name"], given.get("slug", ""), plan,
        given["owner_email"], given.get("owner_password"),
    )  # fmt: skip
    return reply(_document(call.core, await within(call.core, call.actor, tenant.id), tenant), 201)


@router.patch("/{tenant_id}", **answers(SPEC.update_model))
async def update_tenant(call: Caller, tenant_id: UUID, body: Body) -> Response:
    """Call it otherwise."""
    return await _perform(call, tenant_id, Tenant.update, checked(SPEC.update_model, body))


@router.delete("/{tenant_id}", **answers())
async def delete_tenant(call: Caller, tenant_id: UUID) -> Response:
    """Close it for good. It must run nothing and have no nodes any more."""
    row = await close_tenant(call.core, call.actor, tenant_id)
    # Its rules are gone: nobody is shown more of it than everybody.
    return reply(SPEC.document(row, now=call.core.clock.now()))


@router.post("/{tenant_id}/suspend", **answers(SPEC.argument_models["suspend"]))
async def suspend_tenant(call: Caller, tenant_id: UUID, body: Body) -> Response:
    """Let nobody of it in until it is opened again; what it runs goes on."""
    return await _perform(call, tenant_id, Tenant.suspend, body)


@router.post("/{tenant_id}/activate", **answers())
async def activate_tenant(call: Caller, tenant_id: UUID) -> Response:
    """Open it again."""
    return await _perform(call, tenant_id, Tenant.activate, {})


@router.post("/{tenant_id}/set_plan", **answers(SPEC.argument_models["set_plan"]))
async def set_plan(call: Caller, tenant_id: UUID, body: Body) -> Response:
    """How much it may have."""
    return await _perform(call, tenant_id, Tenant.set_plan, body)


async def _perform(call: Call, tenant_id: UUID, action: Action[Any, ...], values: dict[str, Any]) -> Response:
    tenant, actor = await tenant_for(call.core, call.actor, tenant_id)
    row = await call.core.perform(actor, action, tenant.id, **values)
    return reply(_document(call.core, actor, row))


def _document(core: Core, inside: Actor, tenant: Tenant) -> dict[str, Any]:
    """As this actor sees it, who is looked at inside it."""
    return core.document(inside, tenant)
