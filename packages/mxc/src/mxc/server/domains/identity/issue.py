"""New people, memberships and tokens."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from mxc.server.domains.identity.api_token import ApiToken, Scope
from mxc.server.domains.identity.membership import Membership, Role
from mxc.server.domains.identity.password import hashed, new_password
from mxc.server.domains.identity.people import user_by_email
from mxc.server.domains.identity.token import mint
from mxc.server.domains.identity.user import User
from mxc.server.domains.tenants.tenant import DEFAULT_SLUG, DEFAULT_TENANT, PLANS, Plan, Tenant
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Invalid, MxcError

FIRST_EMAIL: Final = "admin@localhost"
LOADED_WITHIN_S: Final = 30.0
POLL_S: Final = 0.02
ADDRESS: Final = re.compile(r"[^@\s\0]+@[^@\s\0]+")
LONGEST_ADDRESS: Final = 120


@dataclass(frozen=True, slots=True)
class Credentials:
    """Shown once: nothing of it is kept in clear."""

    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A token and the row that stands for it; `text` is shown once."""

    text: str
    row: ApiToken


async def ensure_first_admin(core: Core) -> Credentials | None:
    """Makes the default tenant and its owner, who administers the installation, when there is nobody at
    all; None when there is somebody."""
    await ensure_tenant(core)
    async with core.store.system() as session:
        if (await session.scalars(select(User.id).limit(1))).one_or_none() is not None:
            return None
    password, system = new_password(), Actor.system(DEFAULT_TENANT)
    user = await new_user(core, system, FIRST_EMAIL, password, Role.OWNER)
    await core.perform(system, User.make_super_admin, user.user_id, is_super_admin=True)
    return Credentials(FIRST_EMAIL, password)


async def ensure_tenant(core: Core) -> None:
    """Makes the default tenant when there is none, and returns once its facts are loaded here."""
    system = Actor.system(DEFAULT_TENANT)
    if not await core.select(system, Tenant, Tenant.id == DEFAULT_TENANT, limit=1):
        await make_default_tenant(core)
    await loaded(core, DEFAULT_TENANT)


async def make_default_tenant(core: Core) -> None:
    """The tenant that everybody is in until there are others: the installation's own, without limits."""
    most = PLANS[Plan.ENTERPRISE]
    await core.perform(
        Actor.system(DEFAULT_TENANT), Tenant.create, DEFAULT_TENANT, name="Default", slug=DEFAULT_SLUG,
        reason=None, plan=Plan.ENTERPRISE, max_users=most.users, max_devices=most.devices,
    )  # fmt: skip


async def loaded(core: Core, tenant_id: UUID) -> None:
    """Returns once the facts of a tenant are loaded here. Raises TimeoutError when they never are."""
    async with asyncio.timeout(LOADED_WITHIN_S):
        while tenant_id not in core.engines:  # noqa: ASYNC110 (engines tell nobody when they load)
            await asyncio.sleep(POLL_S)


def address_of(email: str) -> str:
    """An e-mail address as we keep it. Raises Invalid for what is none."""
    address = email.strip().lower()
    if len(address) > LONGEST_ADDRESS or not ADDRESS.fullmatch(address):
        raise Invalid(fields={"email": ["must be an e-mail address such as ada@example.org"]})
    return address


async def person(core: Core, actor: Actor, email: str, password: str | None = None) -> User:
    """The person with this address; made when nobody has it, then with this password.

    An existing person keeps their password: who invites them must not be able to take their account.
    """
    address = address_of(email)
    found = await user_by_email(core, address)
    if found is not None:
        return found
    kept = None if password is None else await hashed(password)
    made: User = await core.perform(
        Actor.system(actor.tenant_id, actor.name), User.create, email=address, display_name=None,
        password_hash=kept, confirmed_at=None, last_sign_in_at=None, locked_until=None,
    )  # fmt: skip
    return made


async def join(core: Core, actor: Actor, user: User, role: str) -> Membership:
    """Has a person belong to the actor's tenant, and be confined as the actor is.

    Raises Conflict `already-exists` when they belong to it already.
    """
    made: Membership = await core.perform(
        Actor.system(actor.tenant_id, actor.name), Membership.create, user_id=user.id, email=user.email,
        role=role, last_sign_in_at=None, partition_id=actor.partition_id,
    )  # fmt: skip
    return made


async def new_user(core: Core, actor: Actor, email: str, password: str | None, role: str) -> Membership:
    """A person of this tenant, who can sign in with the password if they are new to the installation.

    Who is new and cannot join, because the plan allows no more, is not known afterwards either.
    """
    known = await user_by_email(core, email)
    user = known or await person(core, actor, email, password)
    try:
        return await join(core, actor, user, role)
    except MxcError:
        if known is None:
            await core.perform(Actor.system(actor.tenant_id, actor.name), User.delete, user.id)
        raise


async def new_token(
    core: Core,
    tenant_id: UUID,
    user_id: UUID,
    name: str,
    scope: Scope,
    expires_at: datetime | None = None,
    partition_id: UUID | None = None,
    description: str | None = None,
) -> Issued:
    """A token of this user, for one partition or all. Its power is the lesser of `scope` and their role."""
    minted = mint(tenant_id)
    row: ApiToken = await core.perform(
        Actor.system(tenant_id),
        ApiToken.create,
        name=name,
        user_id=user_id,
        token_hash=minted.digest,
        token_prefix=minted.prefix,
        scope=scope,
        expires_at=expires_at,
        partition_id=partition_id,
        description=description,
    )
    return Issued(minted.text, row)
