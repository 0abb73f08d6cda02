"""The device flow, for programs: ask for a code, then ask whether somebody approved it (RFC 8628)."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.device_flow import INTERVAL_S
from mxc.server.domains.identity.device_grant import GOOD_FOR
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import core_of, visitor_of
from mxc.server.kernel.resource import checked

public = APIRouter(prefix="/device", tags=["session"])


class Asked(BaseModel):
    """Which machine asks, what it wants to do, and for how long."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=120)]
    scope: Scope = Scope.READ
    expires_in_days: Annotated[int, Field(ge=1, le=365, strict=True)] = 90


class Polled(BaseModel):
    """The secret that the machine got when it asked."""

    model_config = ConfigDict(extra="forbid")
    device_code: Annotated[str, Field(min_length=1, max_length=200)]


@public.post("/authorize", **answers(Asked))
async def ask(request: Request, body: Body) -> Response:
    """Ask for a token that a person approves at `verification_uri`, within ten minutes."""
    core, given = core_of(request), checked(Asked, body)
    device, code = await core.identity.grants.ask(
        core, given["name"], given.get("scope", Scope.READ), given.get("expires_in_days", 90),
        visitor_of(request),
    )  # fmt: skip
    at = f"{(core.identity.address or str(request.base_url)).rstrip('/')}/device"
    return reply(
        {
            "device_code": device, "user_code": code, "verification_uri": at,
            "verification_uri_complete": f"{at}?code={code}",
            "expires_in": int(GOOD_FOR.total_seconds()), "interval": INTERVAL_S,
        }
    )  # fmt: skip


@public.post("/token", **answers(Polled))
async def poll(request: Request, body: Body) -> Response:
    """The token, once. Until then 400 with `authorization_pending` or `slow_down`; `access_denied` and
    `expired_token` are the end."""
    core, given = core_of(request), checked(Polled, body)
    issued = await core.identity.grants.token(core, given["device_code"])
    row = issued.row
    expires_at = row.expires_at.isoformat() if row.expires_at else None
    return reply({"access_token": issued.text, "token_type": "Bearer", "name": row.name,
                  "scope": row.scope.value, "expires_at": expires_at})  # fmt: skip
