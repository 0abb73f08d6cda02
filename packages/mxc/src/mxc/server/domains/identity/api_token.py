"""An API token: how a program signs in."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.kernel.access.actor import Scope
from mxc.server.kernel.resource import (
    InPartition,
    Listing,
    Policy,
    Resource,
    action,
    belongs_to,
    creation,
    fact,
    identity,
)
from mxc.server.kernel.resource.action import edition, removal
from mxc.server.kernel.resource.fields import Instant, Name, Secret

__all__ = ["ApiToken", "Scope"]


class ApiToken(InPartition, Resource):
    """Shown once when made; its SHA-256 is kept. It can do the lesser of its scope and its owner's role."""

    __tablename__ = "api_tokens"

    name: Mapped[Name]
    user_id: Mapped[UUID] = belongs_to("users", on_delete="cascade", inverse="tokens", is_global=True)
    token_hash: Mapped[Secret]
    token_prefix: Mapped[Name]
    scope: Mapped[Scope] = mapped_column(default=Scope.READ)
    expires_at: Mapped[Instant | None]
    last_used_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]

    identities = identity("by_hash", "token_hash")
    create = creation(internal=True, help="Its route mints the secret.")
    update = edition(internal=True)
    delete = removal(internal=True)
    policy = Policy(read="viewer", write="viewer", also={"issue": "viewer", "see_all": "admin"})
    facts = fact("api_token", "id", "user_id", "scope", when=lambda token: token.revoked_at is None)
    listing = Listing(("name", "token_prefix", "scope", "last_used_at", "revoked_at"))

    @action
    def revoke(self) -> None:
        """End it at once."""
        self.revoked_at = self.revoked_at or self.now

    @action(internal=True)
    def note_use(self) -> None:
        """It was used."""
        self.last_used_at = self.now
