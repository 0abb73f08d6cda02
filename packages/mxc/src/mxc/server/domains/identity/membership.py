"""A membership: that a person belongs to a tenant, and what they may do there."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped

from mxc.server.domains.identity.role import RoleName
from mxc.server.kernel.access.actor import Actor, Role
from mxc.server.kernel.resource import (
    InPartition,
    Listing,
    Policy,
    Resource,
    action,
    belongs_to,
    column,
    creation,
    fact,
    identity,
)
from mxc.server.kernel.resource.action import edition
from mxc.server.kernel.resource.fields import Email, Instant

__all__ = ["Membership", "Role"]


class Membership(InPartition, Resource):
    """One person in this organisation. `email` follows the person's; one person has one role here."""

    __tablename__ = "memberships"

    user_id: Mapped[UUID] = belongs_to("users", is_global=True)
    email: Mapped[Email]
    role: Mapped[RoleName] = column(
        default=Role.VIEWER.value, help="built in, or one of the organisation's own"
    )
    last_sign_in_at: Mapped[Instant | None]

    create = creation(internal=True, help="A person comes in: by invitation, registration or a provider.")
    update = edition(internal=True)
    identities = identity("by_user", "user_id")
    policy = Policy(read="viewer", write="admin", also={"appoint_owners": "owner"})
    listing = Listing(("email", "role", "last_sign_in_at"))
    facts = (fact("membership", "user_id", "role"), fact("member_email", "user_id", "email"))

    def objection(self, actor: Actor, action: str, before: Mapping[str, Any]) -> str | None:
        """Nobody changes their own membership."""
        return "nobody changes their own membership" if str(self.user_id) == actor.id else None

    def hands_on(self, before: Mapping[str, Any]) -> frozenset[str]:
        """The role they have, and the one they had."""
        return frozenset({self.role, before.get("role", self.role)})

    @action
    def set_role(self, role: RoleName) -> None:
        """What they may do here from now on."""
        self.role = role

    @action
    def confine(self, partition_id: UUID | None = None) -> None:
        """To which partition they are confined from now on; without one they see all."""
        self.partition_id = partition_id

    @action(internal=True)
    def note_sign_in(self) -> None:
        """They came in."""
        self.last_sign_in_at = self.now

    @action(internal=True)
    def follow_email(self, email: Email) -> None:
        """Their address changed."""
        self.email = email
