"""A device grant: a program on another machine asks for a token, and a person signed in here answers."""

from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.kernel.access.actor import Scope
from mxc.server.kernel.resource import (
    Lifecycle,
    Listing,
    Platform,
    Policy,
    belongs_to,
    creation,
    identity,
    transition,
)
from mxc.server.kernel.resource.fields import Count, Instant, Name, Secret, Text

GOOD_FOR: Final = timedelta(minutes=10)


class GrantStatus(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    DENIED = "denied"
    USED = "used"


class DeviceGrant(Platform):
    """RFC 8628: the program keeps `device_hash`'s secret and the person types the other; both are kept as
    digests. `place_id` is the tenant the token is for."""

    __tablename__ = "device_grants"

    name: Mapped[Name]
    address: Mapped[Text]
    scope: Mapped[Scope]
    days: Mapped[Count]
    device_hash: Mapped[Secret]
    user_hash: Mapped[Secret]
    status: Mapped[GrantStatus] = mapped_column(default=GrantStatus.WAITING)
    user_id: Mapped[UUID | None] = belongs_to("users", on_delete="cascade", is_global=True)
    place_id: Mapped[UUID | None] = belongs_to("tenants", on_delete="cascade", is_global=True)
    expires_at: Mapped[Instant]

    create = creation(internal=True, help="A program asks.")
    lifecycle = Lifecycle("status", GrantStatus.WAITING)
    identities = (identity("by_device", "device_hash"), identity("by_code", "user_hash"))
    policy = Policy(read="super_admin", write="super_admin")
    listing = Listing(("name", "address", "scope", "status", "expires_at"))

    @transition({GrantStatus.WAITING: GrantStatus.APPROVED}, internal=True)
    def approve(self, user_id: UUID, place_id: UUID) -> None:
        """That person lets it in to that tenant."""
        self.user_id, self.place_id = user_id, place_id

    @transition({GrantStatus.WAITING: GrantStatus.DENIED}, internal=True)
    def deny(self) -> None:
        """Nobody knows it."""

    @transition({GrantStatus.APPROVED: GrantStatus.USED}, internal=True)
    def use(self) -> None:
        """It has its token."""
