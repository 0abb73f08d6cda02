"""People of other organisations, for page tests."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from mxc.server.domains.identity.membership import Membership, Role
from mxc.server.domains.identity.password import hashed
from mxc.server.domains.identity.user import User
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT, Plan, Tenant
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.perform import perform

from .conftest import Rows, Visitor

PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person who is signed in."""

    email: str
    user_id: UUID
    cookies: list[Any]


async def somebody(visitor: Visitor, rows: Rows, role: Role, *tenants: UUID) -> Somebody:
    """A new person with that role in each tenant (the default one when none is named), signed in."""
    email = f"{uuid4().hex[:8]}@example.org"
    user = await rows.do(User.create, email=email, password_hash=await hashed(PASSWORD))
    for tenant_id in tenants or (DEFAULT_TENANT,):
        await within(rows, tenant_id, Membership.create, user_id=user.id, email=email, role=role)
    return Somebody(email, user.id, await visitor.sign_in(email, PASSWORD))


async def tenant(rows: Rows, name: str) -> UUID:
    """Another organisation."""
    tenant_id = uuid4()
    slug = f"{name.lower()}-{tenant_id.hex[:6]}"
    values: dict[str, Any] = {"reason": None, "plan": Plan.ENTERPRISE, "max_users": 100, "max_devices": 100}
    await within(rows, tenant_id, Tenant.create, tenant_id, name=name, slug=slug, **values)
    return tenant_id


async def within(rows: Rows, tenant_id: UUID, action: Any, row_id: UUID | None = None, **values: Any) -> Any:
    """One action of the system in that tenant."""
    now = datetime.now(UTC)
    return await perform(rows.store, action, row_id, actor=Actor.system(tenant_id), now=now, **values)
