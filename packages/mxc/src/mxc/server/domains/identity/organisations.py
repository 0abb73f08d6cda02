"""Tenants come to be, each with an owner, and are seen by who belongs to them or runs the installation."""

from collections import Counter
from dataclasses import replace
from uuid import UUID, uuid4

from sqlalchemy import select

from mxc.server.domains.identity.issue import address_of, loaded, new_user
from mxc.server.domains.identity.membership import Membership, Role
from mxc.server.domains.identity.places import places_of
from mxc.server.domains.tenants.tenant import PLANS, Plan, Tenant, TenantStatus, slug_of
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Conflict, Invalid, MxcError, NotFound


async def found_tenant(core: Core, founder: Actor, name: str, slug: str, plan: Plan) -> Tenant:
    """A new tenant, loaded here. Raises Conflict when the slug is taken, Invalid when it is none."""
    wanted = slug_of(slug or name)
    if not wanted:
        raise Invalid(fields={"slug" if slug else "name": ["must have a letter a-z or a digit in it"]})
    tenant_id, allowed = uuid4(), PLANS[plan]
    made: Tenant = await core.perform(
        Actor.system(tenant_id, founder.name), Tenant.create, tenant_id, name=name, slug=wanted,
        reason=None, plan=plan, max_users=allowed.users, max_devices=allowed.devices,
    )  # fmt: skip
    await loaded(core, tenant_id)
    return made


async def own(core: Core, tenant: Tenant, email: str, password: str | None) -> Membership:
    """The first owner of a tenant."""
    return await new_user(core, Actor.system(tenant.id, email), email, password, Role.OWNER)


async def found_with_owner(
    core: Core, founder: Actor, name: str, slug: str, plan: Plan, email: str, password: str | None
) -> Tenant:
    """A new tenant and its first owner, or neither. Raises Conflict, Invalid."""
    address = address_of(email)
    tenant = await found_tenant(core, founder, name, slug, plan)
    try:
        await own(core, tenant, address, password)
    except MxcError:
        await core.perform(Actor.system(tenant.id, address), Tenant.delete, tenant.id)
        core.engines.forget(tenant.id)
        raise
    return tenant


async def visible_tenants(core: Core, actor: Actor) -> list[Tenant]:
    """The tenants an actor may know of: their own, or all for who runs the installation."""
    if not actor.is_super_admin:
        return [place.tenant for place in await places_of(core, UUID(actor.id))]
    async with core.store.system() as session:
        query = select(Tenant).where(Tenant.status != TenantStatus.DELETED).order_by(Tenant.slug)
        return list(await session.scalars(query))


async def tenant_for(core: Core, actor: Actor, tenant_id: UUID) -> tuple[Tenant, Actor]:
    """A tenant and the actor in it. Raises NotFound for one they may not know of."""
    for tenant in await visible_tenants(core, actor):
        if tenant.id == tenant_id:
            return tenant, await within(core, actor, tenant_id)
    raise NotFound(f"there is no tenant {tenant_id}", code="no-tenant")


async def close_tenant(core: Core, actor: Actor, tenant_id: UUID) -> Tenant:
    """Closes one for good. Raises Conflict `tenant-busy` for one that still runs something."""
    tenant, inside = await tenant_for(core, actor, tenant_id)
    core.may(inside, Tenant.delete)
    kinds = Counter(kind for kind, _ in core.facts(tenant.id).query("tenant_held", ..., ...))
    if kinds:
        held = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in kinds.items())
        raise Conflict(f"it still has {held}", code="tenant-busy", hint="delete them first")
    closed: Tenant = await core.perform(inside, Tenant.delete, tenant.id)
    core.engines.forget(tenant.id)
    return closed


async def within(core: Core, actor: Actor, tenant_id: UUID) -> Actor:
    """The actor in another tenant that they may know of."""
    if actor.tenant_id == tenant_id:
        return actor
    if actor.is_super_admin:
        return replace(actor, tenant_id=tenant_id, role=Role.OWNER.value, partition_id=None)
    members = {place.tenant.id: place.membership for place in await places_of(core, UUID(actor.id))}
    member = members[tenant_id]
    return replace(actor, tenant_id=tenant_id, role=member.role, partition_id=member.partition_id)
