"""New users and tokens."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from mxc.server.domains.identity.api_token import ApiToken, Scope
from mxc.server.domains.identity.password import hashed, new_password
from mxc.server.domains.identity.token import mint
from mxc.server.domains.identity.user import Role, User
from mxc.server.domains.tenants.tenant import DEFAULT_SLUG, DEFAULT_TENANT, Tenant
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import Actor

FIRST_EMAIL: Final = "admin@localhost"
LOADED_WITHIN_S: Final = 30.0
POLL_S: Final = 0.02


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
    """Makes the default tenant and its first administrator when there is none; None when there is one."""
    await ensure_tenant(core)
    system = Actor.system(DEFAULT_TENANT)
    if await core.select(system, User, limit=1):
        return None
    password = new_password()
    await new_user(core, system, FIRST_EMAIL, password, Role.ADMIN)
    return Credentials(FIRST_EMAIL, password)


async def ensure_tenant(core: Core) -> None:
    """Makes the default tenant when there is none, and returns once its facts are loaded here."""
    system = Actor.system(DEFAULT_TENANT)
    if not await core.select(system, Tenant, Tenant.id == DEFAULT_TENANT, limit=1):
        await core.perform(system, Tenant.create, DEFAULT_TENANT, name="Default", slug=DEFAULT_SLUG)
    async with asyncio.timeout(LOADED_WITHIN_S):
        while DEFAULT_TENANT not in core.engines:  # noqa: ASYNC110 (engines tell nobody when they load)
            await asyncio.sleep(POLL_S)


async def new_user(core: Core, actor: Actor, email: str, password: str, role: Role) -> User:
    """A user who can sign in. Raises Conflict when the e-mail is taken."""
    kept = await hashed(password)
    made: User = await core.perform(
        actor, User.create, email=email.strip().lower(), password_hash=kept, role=role
    )
    return made


async def new_token(
    core: Core, tenant_id: UUID, user_id: UUID, name: str, scope: Scope, expires_at: datetime | None = None
) -> Issued:
    """A token of this user. Its power is the lesser of `scope` and the user's role."""
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
        last_used_at=None,
        revoked_at=None,
    )
    return Issued(minted.text, row)
