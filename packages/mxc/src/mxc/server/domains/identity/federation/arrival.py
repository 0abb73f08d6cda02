"""From what a provider says to a person of ours: known, linked by a verified address, new, or refused.

An organisation's own provider speaks for its members only: its owners could have it say anything. Hence
sessions it opens are confined to the organisation, and it never speaks for who runs the installation.
"""

from contextlib import suppress
from typing import Final

from sqlalchemy import select

from mxc.server.domains.identity.federation.provider import Provider, Vouched
from mxc.server.domains.identity.issue import join, person
from mxc.server.domains.identity.people import user_by_email
from mxc.server.domains.identity.places import places_of
from mxc.server.domains.identity.proven import proven
from mxc.server.domains.identity.user import User
from mxc.server.domains.identity.user_identity import UserIdentity
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.hosting.core import Core
from mxc.server.hosting.identity import Visitor
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Conflict, Forbidden, MxcError, Unavailable

NOT_INVITED: Final = "ask an administrator of your organisation to invite this address"


async def person_vouched_for(core: Core, provider: Provider, said: Vouched, visitor: Visitor) -> User:
    """Who may come in by this provider's word. Raises Forbidden saying why not; a refusal is audited."""
    try:
        user = await _known(core, provider, said)
        if user is None:
            return await _by_address(core, provider, said)
        _refuse_super_admin(provider, user)
    except MxcError as error:
        await note_refusal(core, provider, error.code, said.email, visitor)
        raise
    return user


async def link(core: Core, provider: Provider, said: Vouched, user: User) -> None:
    """Has a provider vouch for who is signed in. Raises Conflict when it vouches for somebody else."""
    known = await _known(core, provider, said)
    if known is not None and known.id != user.id:
        raise Conflict(f"this account at {provider.label} is linked to somebody else", code="identity-taken")
    if known is None:
        await _keep(core, provider, said, user)


async def note_refusal(core: Core, provider: Provider, reason: str, email: str, visitor: Visitor) -> None:
    """Audits that somebody was not let in by a provider."""
    where = provider.tenant_id or DEFAULT_TENANT
    with suppress(Unavailable):
        await core.note(
            Actor.system(where, "sign-in"), "sign_in_refused", "users",
            {"provider": provider.label, "reason": reason, "email": email[:120], "address": visitor.address},
        )  # fmt: skip


async def _known(core: Core, provider: Provider, said: Vouched) -> User | None:
    query = (
        select(UserIdentity, User)
        .join(User, User.id == UserIdentity.user_id)
        .where(UserIdentity.provider == provider.key, UserIdentity.subject == said.subject)
    )
    async with core.store.system() as session:
        found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    with suppress(Unavailable):
        await core.perform(_system(provider), UserIdentity.note_use, found[0].id)
    user: User = found[1]
    return user


async def _by_address(core: Core, provider: Provider, said: Vouched) -> User:
    if not said.email:
        raise Forbidden(
            f"{provider.label} has not verified your e-mail address",
            code="email-unverified",
            hint="verify it there, or sign in here and link the provider to your account",
        )
    if not provider.vouches_for(said.email):
        raise Forbidden(
            f"{provider.label} may not speak for addresses of {said.email.rpartition('@')[2]} here",
            code="domain-refused",
            hint=NOT_INVITED,
        )
    user = await user_by_email(core, said.email)
    if user is not None:
        _refuse_super_admin(provider, user)
    if user is None or not await _belongs(core, provider, user):
        user = await _newcomer(core, provider, said)
    if provider.tenant_id is None:
        user = await proven(core, user)
    await _keep(core, provider, said, user)
    return user


def _refuse_super_admin(provider: Provider, user: User) -> None:
    if user.is_super_admin and provider.tenant_id is not None:
        raise Forbidden(
            "who runs the installation does not come in by an organisation's provider",
            code="provider-refused",
            hint="sign in with your password, or by a provider of the installation",
        )


async def _belongs(core: Core, provider: Provider, user: User) -> bool:
    places = await places_of(core, user.id)
    return any(provider.tenant_id in (None, place.tenant.id) for place in places)


async def _newcomer(core: Core, provider: Provider, said: Vouched) -> User:
    if provider.newcomers is None or provider.takes_anybody:
        raise Forbidden(f"nobody here has the address {said.email}", code="not-invited", hint=NOT_INVITED)
    system = _system(provider)
    user = await person(core, system, said.email)
    if said.name and user.display_name is None and provider.tenant_id is None:
        user = await core.perform(system, User.rename, user.id, display_name=said.name[:120])
    await join(core, system, user, provider.newcomers)
    return user


async def _keep(core: Core, provider: Provider, said: Vouched, user: User) -> None:
    await core.perform(
        _system(provider, user.email), UserIdentity.create, user_id=user.id, provider=provider.key,
        subject=said.subject, email=(said.email or user.email)[:120], last_used_at=core.clock.now(),
    )  # fmt: skip


def _system(provider: Provider, name: str = "") -> Actor:
    return Actor.system(provider.tenant_id or DEFAULT_TENANT, name or f"sign-in by {provider.label}")
