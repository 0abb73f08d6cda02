"""An API token: how a program signs in."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case
from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.kernel.access.actor import Scope
from mxc.server.kernel.resource import (
    InPartition,
    Listing,
    Policy,
    Resource,
    action,
    belongs_to,
    column,
    computed,
    creation,
    fact,
    identity,
)
from mxc.server.kernel.resource.action import edition, removal
from mxc.server.kernel.resource.fields import Count, Flag, Instant, Name, Secret, Text

__all__ = ["ApiToken", "Scope"]


class TokenStatus(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"
    EXPIRED = "expired"
    REVOKED = "revoked"


def _status(token: Any, now: Any) -> ColumnElement[Any]:
    """The gravest that holds: revoked, expired, disabled."""
    return case(
        (token.revoked_at.is_not(None), TokenStatus.REVOKED.value),
        (token.expires_at <= now, TokenStatus.EXPIRED.value),
        (token.enabled.is_(False), TokenStatus.DISABLED.value),
        else_=TokenStatus.ACTIVE.value,
    )


def _is_usable(token: Any) -> bool:
    return token.revoked_at is None and token.enabled


class ApiToken(InPartition, Resource):
    """Shown once when made; its SHA-256 is kept. It can do the lesser of its scope and its owner's role."""

    __tablename__ = "api_tokens"

    name: Mapped[Name]
    user_id: Mapped[UUID] = belongs_to("users", on_delete="cascade", inverse="tokens", is_global=True)
    token_hash: Mapped[Secret]
    token_prefix: Mapped[Name]
    scope: Mapped[Scope] = mapped_column(default=Scope.READ)
    description: Mapped[Text | None] = column(help="what it is for, in more words")
    enabled: Mapped[Flag] = mapped_column(default=True)
    expires_at: Mapped[Instant | None]
    last_used_at: Mapped[Instant | None]
    last_used_ip: Mapped[Text | None]
    use_count: Mapped[Count] = mapped_column(default=0)
    revoked_at: Mapped[Instant | None]
    revoked_by: Mapped[Name | None]

    identities = identity("by_hash", "token_hash")
    create = creation(internal=True, help="Its route mints the secret.")
    update = edition(internal=True)
    delete = removal(internal=True)
    policy = Policy(read="viewer", write="viewer", also={"issue": "viewer", "see_all": "admin"})
    facts = fact("api_token", "id", "user_id", "scope", when=_is_usable)
    listing = Listing(("name", "token_prefix", "scope", "status", "last_used_at", "use_count"))

    @computed(sql=_status)
    def status(self) -> TokenStatus:
        """Whether it opens anything: revoked before expired before disabled."""
        return self.status_at(self.now)

    def status_at(self, now: datetime) -> TokenStatus:
        """The same at that time."""
        if self.revoked_at is not None:
            return TokenStatus.REVOKED
        if self.expires_at is not None and self.expires_at <= now:
            return TokenStatus.EXPIRED
        return TokenStatus.ACTIVE if self.enabled else TokenStatus.DISABLED

    @action
    def revoke(self) -> None:
        """End it at once."""
        if self.revoked_at is None:
            self.revoked_at, self.revoked_by = self.now, self.by[:120] or None

    @action
    def disable(self) -> None:
        """It opens nothing until it is enabled again."""
        self.enabled = False

    @action
    def enable(self) -> None:
        """It works again, unless it is revoked or expired."""
        self.enabled = True

    @action(internal=True)
    def note_use(self, times: Count, address: Text) -> None:
        """It was used that often since this was last written down, the last time from there."""
        self.last_used_at, self.last_used_ip = self.now, address or None
        self.use_count += times
