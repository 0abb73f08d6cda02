"""Where a person belongs: their memberships in tenants that are open, in the order they came in."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from mxc.server.domains.identity.membership import Membership
from mxc.server.domains.identity.user import User
from mxc.server.domains.tenants.tenant import Tenant, TenantStatus
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Place:
    """One tenant as one of its members sees it."""

    tenant: Tenant
    membership: Membership

    @property
    def is_open(self) -> bool:
        """Whether its members may come in."""
        return self.tenant.status is TenantStatus.ACTIVE

    def actor(self, user: User) -> Actor:
        """The person, acting here."""
        return Actor(
            "user", str(user.id), user.email, self.tenant.id, self.membership.role,
            is_super_admin=user.is_super_admin, partition_id=self.membership.partition_id,
        )  # fmt: skip


async def places_of(core: Core, user_id: UUID, confined_to: UUID | None = None) -> list[Place]:
    """Every tenant a person belongs to, closed ones included, the first they joined first; at most the one
    that a session is confined to."""
    query = (
        select(Tenant, Membership)
        .join(Membership, Membership.tenant_id == Tenant.id)
        .where(Membership.user_id == user_id, Tenant.status != TenantStatus.DELETED)
        .order_by(Membership.created_at, Tenant.id)
    )
    if confined_to is not None:
        query = query.where(Tenant.id == confined_to)
    async with core.store.system() as session:
        return [Place(tenant, membership) for tenant, membership in await session.execute(query)]


def entrance(places: list[Place], wanted: UUID | None = None) -> Place:
    """The place to come in at: the wanted one, else the first that is open. Raises Forbidden for none."""
    open_places = [place for place in places if place.is_open]
    if not open_places:
        if places:
            raise suspended(places[0].tenant)
        raise Forbidden(
            "you belong to no organisation here",
            code="no-membership",
            hint="ask one of its administrators to invite you",
        )
    return next((place for place in open_places if place.tenant.id == wanted), open_places[0])


def suspended(tenant: Tenant) -> Forbidden:
    """The refusal for whoever belongs to a tenant that is closed."""
    return Forbidden(
        f"the organisation {tenant.name} is {tenant.status.value}",
        code="tenant-suspended",
        hint="what it runs goes on; ask who runs this installation to open it again",
    )
