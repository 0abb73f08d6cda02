"""Sign-in providers of an organisation, and what a person has linked to themselves."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from mxc.server.domains.identity.federation.federation import examined
from mxc.server.domains.identity.sign_in_provider import SignInProvider
from mxc.server.domains.identity.user_identity import UserIdentity
from mxc.server.hosting.describe import answers
from mxc.server.hosting.exposure import Exposure
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Call, Caller
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import NotFound
from mxc.server.kernel.resource import spec_of

router = APIRouter(prefix="/session/identities", tags=["session"])


async def _examine(call: Call, values: Mapping[str, Any], row: SignInProvider | None) -> None:
    def given(name: str) -> Any:
        return values.get(name, getattr(row, name, None))

    examined(given("kind"), given("issuer"), given("email_domains") or (), given("role_for_newcomers"))


exposure = Exposure(SignInProvider, without=frozenset({"upsert"}), examine=_examine)


@router.get("", **answers())
async def list_identities(call: Caller) -> Response:
    """The providers that vouch for you; one more is linked at /login/with/<provider>/link."""
    return reply([_document(call, row) for row in await _mine(call)])


@router.delete("/{row_id}", **answers())
async def unlink_identity(call: Caller, row_id: UUID) -> Response:
    """Have that provider vouch for you no more."""
    found = [row for row in await _mine(call) if row.id == row_id]
    if not found:
        raise NotFound(f"you have no identity {row_id}")
    system = Actor.system(call.actor.tenant_id, call.actor.name)
    await call.core.perform(system, UserIdentity.delete, row_id)
    return reply(_document(call, found[0]))


async def _mine(call: Call) -> list[UserIdentity]:
    system = Actor.system(call.actor.tenant_id)
    mine = UserIdentity.user_id == UUID(call.actor.id)
    order = (UserIdentity.created_at, UserIdentity.id)
    return await call.core.select(system, UserIdentity, mine, order=order)


def _document(call: Call, row: UserIdentity) -> dict[str, Any]:
    return spec_of(UserIdentity).document(row, now=call.core.clock.now())
