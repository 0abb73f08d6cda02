"""Who may do what, and why: asked of the rules, and supposed otherwise. Nothing is done here."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from mxc.server.domains.identity.permissions import effective, explain_can, who_can
from mxc.server.domains.identity.role_changes import what_role_change_opens
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Caller
from mxc.server.kernel.resource import checked

router = APIRouter(prefix="/access", tags=["access"])
Who = Annotated[str, Query(max_length=300, description="an address, an id, or <address>/<token>; empty: you")]
Wanted = Annotated[str, Query(min_length=1, max_length=200, description="such as workloads.stop")]
Pattern = Annotated[str, Field(min_length=1, max_length=200)]


class RoleChange(BaseModel):
    """A role that would grant more, or less; one that is not there would be new."""

    model_config = ConfigDict(extra="forbid")
    role: Annotated[str, Field(min_length=1, max_length=64)]
    grant: list[Pattern] = Field(default_factory=list, max_length=200)
    revoke: list[Pattern] = Field(default_factory=list, max_length=200)


@router.get("/why", **answers())
async def why(call: Caller, permission: Wanted, who: Who = "") -> Response:
    """Why somebody may do it: membership, role and grant with their rules; or what of it is missing."""
    return reply(await explain_can(call.core, call.actor, who, permission))


@router.get("/who", **answers())
async def who_may(call: Caller, permission: Wanted) -> Response:
    """Every role, member and token that may."""
    return reply(await who_can(call.core, call.actor, permission))


@router.get("/can", **answers())
async def can(call: Caller, who: Who = "") -> Response:
    """Every permission there is, and whether somebody has it."""
    return reply(await effective(call.core, call.actor, who))


@router.post("/what-if", **answers(RoleChange))
async def what_if(call: Caller, body: Body) -> Response:
    """What a change of a role would open, and to whom."""
    given = checked(RoleChange, body)
    role, grant, revoke = given["role"], given.get("grant", []), given.get("revoke", [])
    return reply(await what_role_change_opens(call.core, call.actor, role, grant, revoke))
