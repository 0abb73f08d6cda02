"""A user identity: that a provider vouches for a person under a name of its own."""

from uuid import UUID

from sqlalchemy.orm import Mapped

from mxc.server.kernel.resource import Listing, Platform, Policy, action, belongs_to, creation, identity
from mxc.server.kernel.resource.fields import Instant, Name, Text


class UserIdentity(Platform):
    """`provider` is `google`, `github` or `oidc` of the installation, or
    `<organisation>.<provider>`, both as hexadecimal ids."""

    __tablename__ = "user_identities"

    user_id: Mapped[UUID] = belongs_to("users", on_delete="cascade", is_global=True)
    provider: Mapped[Name]
    subject: Mapped[Text]
    email: Mapped[Name]
    last_used_at: Mapped[Instant]

    create = creation(internal=True, help="Somebody came in by a provider for the first time, or linked it.")
    identities = identity("by_subject", "provider", "subject")
    policy = Policy(read="super_admin", write="super_admin")
    listing = Listing(("provider", "email", "last_used_at"))

    @action(internal=True)
    def note_use(self) -> None:
        """They came in by it."""
        self.last_used_at = self.now
