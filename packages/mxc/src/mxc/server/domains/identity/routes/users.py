"""People: made with a password that only its hash is kept of."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from mxc.server.domains.identity.issue import new_user
from mxc.server.domains.identity.user import Role, User
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.exposure import Exposure
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Caller
from mxc.server.kernel.access.permission import may
from mxc.server.kernel.resource import checked, spec_of

router = APIRouter(prefix="/users", tags=["users"])
exposure = Exposure(User, without=frozenset({"create"}))


class NewUser(BaseModel):
    """Who may sign in."""

    model_config = ConfigDict(extra="forbid")
    email: Annotated[str, Field(min_length=3, max_length=120, pattern=r"^\s*[^@\s]+@[^@\s]+\s*$")]
    password: Annotated[str, Field(min_length=12, max_length=1024)]
    role: Role = Role.VIEWER


@router.post("", **answers(NewUser, status=201))
async def create_user(call: Caller, body: Body) -> Response:
    """Let somebody sign in."""
    may(call.actor, User.create)
    given = checked(NewUser, body)
    role = given.get("role", Role.VIEWER)
    user = await new_user(call.core, call.actor, given["email"], given["password"], role)
    return reply(spec_of(User).document(user, now=call.core.clock.now()), 201)
