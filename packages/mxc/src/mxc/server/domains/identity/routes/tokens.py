"""One's own tokens: made, listed, revoked. An administrator sees and ends everybody's."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement

from mxc.server.domains.identity.api_token import ApiToken, Scope
from mxc.server.domains.identity.issue import new_token
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.exposure import Exposure
from mxc.server.hosting.lookup import find
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Call, Caller
from mxc.server.kernel.errors import Forbidden
from mxc.server.kernel.resource import checked, spec_of

router = APIRouter(prefix="/tokens", tags=["tokens"])
MOST = 1000


class NewToken(BaseModel):
    """What a token is for."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=120)]
    scope: Scope = Scope.READ
    description: Annotated[str, Field(max_length=1000)] | None = None
    expires_in_days: Annotated[int, Field(ge=1, le=3650, strict=True)] | None = None


@router.get("", **answers())
async def list_tokens(call: Caller) -> Response:
    """Your tokens, without their secrets; an administrator sees everybody's."""
    where = [] if (own := own_tokens(call)) is None else [own]
    order = (ApiToken.created_at.desc(), ApiToken.id)
    rows = await call.core.select(call.actor, ApiToken, *where, order=order, limit=MOST)
    return reply([_document(call, row) for row in rows])


@router.post("", **answers(NewToken, status=201))
async def create_token(call: Caller, body: Body) -> Response:
    """Make a token of your own; its secret is in this answer and nowhere else.

    Made by who is confined to a partition, or with `X-Partition-Id`, it is confined to that partition, too.
    """
    given = checked(NewToken, body)
    scope, days = given.get("scope", Scope.READ), given.get("expires_in_days")
    refuse_wider(call, scope)
    until = None if days is None else call.core.clock.now() + timedelta(days=days)
    actor = call.actor
    issued = await new_token(
        call.core,
        actor.tenant_id,
        UUID(actor.id),
        given["name"],
        scope,
        until,
        actor.partition_id,
        given.get("description"),
    )
    return reply({**_document(call, issued.row), "token": issued.text}, 201)


@router.post("/{row_id}/disable", **answers())
async def disable_token(call: Caller, row_id: str) -> Response:
    """Have a token open nothing until it is enabled again."""
    row = await find(call, ApiToken, row_id, own_tokens(call))
    return reply(_document(call, await call.core.perform(call.actor, ApiToken.disable, row.id)))


@router.post("/{row_id}/enable", **answers())
async def enable_token(call: Caller, row_id: str) -> Response:
    """Have it work again, unless it is revoked or expired."""
    row = await find(call, ApiToken, row_id, own_tokens(call))
    return reply(_document(call, await call.core.perform(call.actor, ApiToken.enable, row.id)))


@router.delete("/{row_id}", **answers())
async def revoke_token(call: Caller, row_id: str) -> Response:
    """End a token at once."""
    row = await find(call, ApiToken, row_id, own_tokens(call))
    return reply(_document(call, await call.core.perform(call.actor, ApiToken.revoke, row.id)))


def own_tokens(call: Call) -> ColumnElement[bool] | None:
    """Which tokens a caller may know of: their own, or all where this gives None."""
    return None if call.has(ApiToken, "see_all") else ApiToken.user_id == UUID(call.actor.id)


def refuse_wider(call: Call, scope: Scope) -> None:
    """Raises Forbidden for a token that could do more than whoever asks for it."""
    call.need(ApiToken, "issue")
    if not call.core.facts(call.actor).holds("scope_within", scope.value, call.actor.scope or "session"):
        raise Forbidden(
            f"a token of the scope {call.actor.scope} makes none of the scope {scope}",
            hint=f"ask for {call.actor.scope}, or sign in",
        )


def _document(call: Call, row: ApiToken) -> dict[str, Any]:
    return spec_of(ApiToken).document(row, now=call.core.clock.now())


exposure = Exposure(
    ApiToken,
    "tokens",
    without=frozenset({"list", "show", "create", "update", "delete", "revoke", "enable", "disable"}),
    visible=own_tokens,
)
