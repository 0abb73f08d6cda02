"""/tokens: how programs sign in. A token is shown once; an administrator sees and ends everybody's."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement

from mxc.server.domains.identity.api_token import ApiToken, Scope
from mxc.server.domains.identity.issue import new_token
from mxc.server.domains.identity.routes.tokens import own_tokens, refuse_wider
from mxc.server.hosting.core import Core
from mxc.server.hosting.display import Display, Done, Way
from mxc.server.hosting.page import Visit
from mxc.server.hosting.request import Call
from mxc.server.kernel.access.actor import Actor

SHOWN_ONCE = "This is the token. It is shown once and kept nowhere: copy it now."


class NewToken(BaseModel):
    """What a token is for."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=120, description="what will use it")]
    scope: Scope = Field(Scope.READ, description="it can do the lesser of this and your role")
    expires_in_days: int | None = Field(None, ge=1, le=3650, strict=True, description="never, when empty")


async def mint(visit: Visit, _: Any, given: Mapping[str, Any]) -> Done:
    """Makes a token of one's own. Raises Forbidden for a scope beyond one's role."""
    actor = await visit.present()
    scope, days = given.get("scope", Scope.READ), given.get("expires_in_days")
    refuse_wider(Call(visit.core, actor), scope)
    until = None if days is None else visit.core.clock.now() + timedelta(days=days)
    issued = await new_token(visit.core, actor.tenant_id, UUID(actor.id), given["name"], scope, until)
    return Done(f"Token {given['name']} is made", issued.row.id, issued.text, SHOWN_ONCE)


async def revoke(visit: Visit, row: ApiToken, _: Mapping[str, Any]) -> Done:
    """Ends it at once."""
    await visit.perform(ApiToken.revoke, row.id)
    return Done(f"Token {row.name} is revoked")


def visible(core: Core, actor: Actor) -> ColumnElement[bool] | None:
    """One's own; who may see all sees everybody's."""
    return own_tokens(Call(core, actor))


display = Display(
    ApiToken,
    title="API tokens",
    noun="token",
    icon="vpn_key",
    order=30,
    hint="A token lets a program sign in as you, with at most the scope you give it.",
    visible=visible,
    ways=(
        Way("create", "A token of your own, for a program.", ApiToken.revoke, mint, NewToken, on="list"),
        Way("revoke", "End it at once: what uses it is refused.", ApiToken.revoke, revoke, is_final=True),
    ),
)
