"""A link: what a mail carries to prove that somebody reads it. It opens its door once."""

from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

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
from mxc.server.kernel.resource.fields import Email, Instant, Secret


class Purpose(StrEnum):
    SIGN_IN = "sign-in"
    PASSWORD = "password"  # noqa: S105 (a purpose)
    CONFIRM = "confirm"


class LinkStatus(StrEnum):
    FRESH = "fresh"
    USED = "used"


GOOD_FOR: Final = {
    Purpose.SIGN_IN: timedelta(minutes=15),
    Purpose.PASSWORD: timedelta(hours=1),
    Purpose.CONFIRM: timedelta(days=3),
}


class Link(Platform):
    """Good once and for a while. Its secret is behind the `#` of an address, which no server is told."""

    __tablename__ = "links"

    purpose: Mapped[Purpose]
    user_id: Mapped[UUID] = belongs_to("users", on_delete="cascade", is_global=True)
    email: Mapped[Email]
    secret_hash: Mapped[Secret]
    status: Mapped[LinkStatus] = mapped_column(default=LinkStatus.FRESH)
    expires_at: Mapped[Instant]

    create = creation(internal=True, help="Somebody asked for it, or has to prove their address.")
    lifecycle = Lifecycle("status", LinkStatus.FRESH)
    identities = identity("by_secret", "secret_hash")
    policy = Policy(read="super_admin", write="super_admin")
    listing = Listing(("purpose", "email", "status", "expires_at"))

    @transition({LinkStatus.FRESH: LinkStatus.USED}, internal=True)
    def use(self) -> None:
        """It opened its door."""
