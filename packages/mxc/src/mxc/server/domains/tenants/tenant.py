"""A tenant: one organisation on a shared installation."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.kernel.resource import Global, Listing, Policy
from mxc.server.kernel.resource.fields import Name

DEFAULT_TENANT: Final = UUID(int=0)
DEFAULT_SLUG: Final = "default"


class TenantStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETED = "deleted"


class Tenant(Global):
    """One organisation: its rows, facts, subjects and caches are invisible to every other."""

    __tablename__ = "tenants"

    name: Mapped[Name]
    slug: Mapped[Name] = mapped_column(unique=True)
    status: Mapped[TenantStatus] = mapped_column(default=TenantStatus.ACTIVE)

    policy = Policy(write="admin")
    listing = Listing(("name", "slug", "status"))
