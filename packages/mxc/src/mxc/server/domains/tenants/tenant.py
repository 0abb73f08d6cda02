"""A tenant: one organisation on a shared installation."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.kernel.errors import Conflict
from mxc.server.kernel.resource import (
    Global,
    Lifecycle,
    Listing,
    Policy,
    action,
    column,
    creation,
    identity,
    transition,
)
from mxc.server.kernel.resource.fields import (
    BlindIndex,
    Count,
    EncryptedEmail,
    EncryptedText,
    Name,
    Slug,
    Text,
    blind_index,
)

DEFAULT_TENANT: Final = UUID(int=0)
DEFAULT_SLUG: Final = "default"


class TenantStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETED = "deleted"


class Plan(StrEnum):
    FREE = "free"
    PRO = "pro"
    ENTERPRISE = "enterprise"


class Limits(NamedTuple):
    """How much a plan allows."""

    users: int
    devices: int


PLANS: Final[Mapping[Plan, Limits]] = {
    Plan.FREE: Limits(5, 100),
    Plan.PRO: Limits(50, 5_000),
    Plan.ENTERPRISE: Limits(100_000, 1_000_000),
}


class Tenant(Global):
    """One organisation: its rows, facts, subjects and caches are invisible to every other."""

    __tablename__ = "tenants"

    name: Mapped[Name]
    slug: Mapped[Slug]
    status: Mapped[TenantStatus] = mapped_column(default=TenantStatus.ACTIVE)
    reason: Mapped[Text | None]
    plan: Mapped[Plan] = mapped_column(default=Plan.FREE)
    max_users: Mapped[Count] = mapped_column(default=PLANS[Plan.FREE].users)
    contact_name: Mapped[EncryptedText | None] = column(
        visible_to="admin", help="whom to ask about it; kept encrypted", example="Ada Lovelace"
    )
    contact_email: Mapped[EncryptedEmail | None] = column(
        visible_to="admin", help="where to reach them; kept encrypted", example="ada@example.org"
    )
    contact_email_index: Mapped[BlindIndex | None] = blind_index("contact_email")
    max_devices: Mapped[Count] = mapped_column(default=PLANS[Plan.FREE].devices)

    create = creation(internal=True, help="Who runs the installation makes one, or somebody registers.")
    lifecycle = Lifecycle("status", TenantStatus.ACTIVE)
    identities = identity("by_slug", "slug")
    editable = ("name", "contact_name", "contact_email")
    policy = Policy(
        write="admin",
        actions=dict.fromkeys(("suspend", "activate", "set_plan", "delete"), "super_admin"),
    )
    listing = Listing(("name", "slug", "status", "plan"))

    @transition({TenantStatus.ACTIVE: TenantStatus.SUSPENDED})
    def suspend(self, reason: Text) -> None:
        """Nobody of it comes in until it is opened again; what it runs goes on."""
        self._refuse_the_first()
        self.reason = reason

    @transition({TenantStatus.SUSPENDED: TenantStatus.ACTIVE})
    def activate(self) -> None:
        """Open it again."""
        self.reason = None

    @transition(
        {
            TenantStatus.ACTIVE: TenantStatus.DELETED,
            TenantStatus.SUSPENDED: TenantStatus.DELETED,
        }
    )
    def delete(self) -> None:
        """Close it for good; its slug is free again, its rows stay for the record."""
        self._refuse_the_first()
        self.slug = f"{self.slug[:80]}-{self.id.hex}"

    @action
    def set_plan(self, plan: Plan, max_users: Count | None = None, max_devices: Count | None = None) -> None:
        """How much it may have; a number given here wins over the plan's."""
        allowed = PLANS[plan]
        self.plan = plan
        self.max_users = allowed.users if max_users is None else max_users
        self.max_devices = allowed.devices if max_devices is None else max_devices

    def _refuse_the_first(self) -> None:
        """Who runs the installation is in it: nobody could open it again."""
        if self.id == DEFAULT_TENANT:
            raise Conflict(
                f"the installation's own organisation ({self.slug}) stays open", code="first-tenant",
                hint="who runs the installation belongs to it, and could not come in to open it again",
            )  # fmt: skip


def slug_of(name: str) -> str:
    """`Ada & Söhne` → `ada-s-hne`: what an organisation goes by on the bus and in addresses."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]


def document(tenant: Tenant) -> dict[str, Any]:
    """A tenant as lists of memberships show it."""
    return {"id": str(tenant.id), "name": tenant.name, "slug": tenant.slug, "status": tenant.status.value}
