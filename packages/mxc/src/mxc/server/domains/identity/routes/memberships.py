"""Who belongs here: people come in by e-mail, with a password that only its hash is kept of."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from mxc.server.domains.identity.issue import new_user
from mxc.server.domains.identity.membership import Membership, Role
from mxc.server.domains.identity.password import NewPassword
from mxc.server.domains.identity.role import RoleName
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.exposure import Exposure
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Caller
from mxc.server.kernel.resource import checked, spec_of

router = APIRouter(prefix="/memberships", tags=["memberships"])
exposure = Exposure(Membership, without=frozenset({"create", "update"}))


class NewMember(BaseModel):
    """Who may sign in. A person whom the installation knows already keeps their password."""

    model_config = ConfigDict(extra="forbid")
    email: Annotated[str, Field(min_length=3, max_length=120)]
    password: NewPassword | None = None
    role: RoleName = Role.VIEWER.value


@router.post("", **answers(NewMember, status=201))
async def add_member(call: Caller, body: Body) -> Response:
    """Let somebody in."""
    call.may(Membership.set_role)
    given = checked(NewMember, body)
    role = given.get("role", Role.VIEWER.value)
    call.may_hand_on(Membership.set_role, {role})
    made = await new_user(call.core, call.actor, given["email"], given.get("password"), role)
    return reply(spec_of(Membership).document(made, now=call.core.clock.now()), 201)
