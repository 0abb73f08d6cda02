"""New users and tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from mxc.server.domains.identity.api_token import ApiToken, Scope
from mxc.server.domains.identity.password import hashed, new_password
from mxc.server.domains.identity.token import mint
from mxc.server.domains.identity.user import Role, User
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import Actor

FIRST_EMAIL: Final = "admin@localhost"


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


async def ensure_first_admin(core: Core, tenant_id: UUID = DEFAULT_TENANT) -> Credentials | None:
    """Makes the first administrator of a tenant that has no user; None when it has one."""
    system = Actor.system(tenant_id)
    if await core.select(system, User, limit=1):
        return None
    password = new_password()
    await new_user(core, system, FIRST_EMAIL, password, Role.ADMIN)
    return Credentials(FIRST_EMAIL, password)


async def new_user(core: Core, actor: Actor, email: str, password: str, role: Role) -> User:
    """A user who can sign in. Raises Conflict when the e-mail is taken."""
    kept = await hashed(password)
    made: User = await core.perform(
        actor, User.create, email=email.strip().lower(), password_hash=kept, role=role
    )
    return made


async def first_admin_token(core: Core, name: str, tenant_id: UUID = DEFAULT_TENANT) -> Issued | None:
    """A token of the oldest administrator, for this machine's command line; None when there is none."""
    system = Actor.system(tenant_id)
    found = await core.select(system, User, User.role == Role.ADMIN, order=(User.created_at,), limit=1)
    return await new_token(core, tenant_id, found[0].id, name, Scope.ADMIN) if found else None


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
