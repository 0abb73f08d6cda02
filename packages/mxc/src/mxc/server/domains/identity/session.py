"""A session: a browser that somebody signed in with. It can be ended from anywhere."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Mapped

from mxc.server.kernel.resource import Listing, Platform, Policy, action, belongs_to, creation, identity
from mxc.server.kernel.resource.fields import Instant, Name, Secret, Text

LIFETIME: Final = timedelta(days=30)


class Session(Platform):
    """Its cookie holds a secret of which the SHA-256 is kept; `place_id` is the tenant it looks at now.

    One that an organisation's own provider opened is `confined_to` that organisation.
    """

    __tablename__ = "sessions"

    user_id: Mapped[UUID] = belongs_to("users", on_delete="cascade", is_global=True)
    place_id: Mapped[UUID] = belongs_to("tenants", on_delete="cascade", is_global=True)
    confined_to: Mapped[UUID | None] = belongs_to(
        "tenants", on_delete="cascade", inverse="confined_sessions", is_global=True
    )
    token_hash: Mapped[Secret]
    means: Mapped[Name]
    address: Mapped[Text]
    browser: Mapped[Text]
    expires_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]

    create = creation(help="Somebody signed in.")
    identities = identity("by_hash", "token_hash")
    policy = Policy(read="super_admin", write="viewer")
    listing = Listing(("means", "address", "browser", "seen_at", "expires_at", "ended_at"))

    @action
    def end(self) -> None:
        """Signed out: whoever copied the cookie is out, too."""
        self.ended_at = self.ended_at or self.now

    @action(internal=True)
    def move(self, place_id: UUID) -> None:
        """Look at another of the tenants they belong to."""
        self.place_id = place_id

    @action(internal=True)
    def note_use(self) -> None:
        """It is in use."""
        self.seen_at = self.now
