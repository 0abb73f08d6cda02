"""A user: a person who signs in, whatever organisations they belong to."""

from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.kernel.resource import Listing, Platform, Policy, action, creation, identity
from mxc.server.kernel.resource.fields import Count, Email, Flag, Instant, Name, Secret

LOCKED_AFTER: Final = 10
LOCKED_FOR: Final = timedelta(minutes=15)


class User(Platform):
    """A person, known to the whole installation by e-mail; memberships say where they belong."""

    __tablename__ = "users"

    email: Mapped[Email]
    display_name: Mapped[Name | None]
    password_hash: Mapped[Secret | None]
    is_super_admin: Mapped[Flag] = mapped_column(default=False)
    confirmed_at: Mapped[Instant | None]
    last_sign_in_at: Mapped[Instant | None]
    failed_sign_ins: Mapped[Count] = mapped_column(default=0)
    locked_until: Mapped[Instant | None]

    create = creation(internal=True, help="Somebody signs up, is invited, or comes from a provider.")
    identities = identity("by_email", "email")
    policy = Policy(read="super_admin", write="viewer")
    listing = Listing(("email", "display_name", "is_super_admin", "last_sign_in_at"))

    @action
    def set_password(self, password_hash: Secret) -> None:
        """Another password, of which the hash is kept."""
        self.password_hash = password_hash
        self.failed_sign_ins, self.locked_until = 0, None

    @action
    def rename(self, display_name: Name | None) -> None:
        """What others see beside the e-mail."""
        self.display_name = display_name

    @action(internal=True)
    def change_email(self, email: Email) -> None:
        """Another address, which they proved to read."""
        self.email, self.confirmed_at = email, self.now

    @action(internal=True)
    def confirm(self) -> None:
        """They proved to read mail at their address."""
        self.confirmed_at = self.confirmed_at or self.now

    @action(internal=True)
    def claim(self) -> None:
        """They proved that the address is theirs; a password chosen before that is forgotten."""
        self.confirmed_at, self.password_hash = self.confirmed_at or self.now, None
        self.failed_sign_ins, self.locked_until = 0, None

    @action(internal=True)
    def note_sign_in(self) -> None:
        """They signed in."""
        self.last_sign_in_at = self.now
        self.failed_sign_ins, self.locked_until = 0, None

    @action(internal=True)
    def note_failure(self) -> None:
        """Somebody gave a wrong password: ten in a row lock the account for a quarter of an hour."""
        self.failed_sign_ins += 1
        if self.failed_sign_ins >= LOCKED_AFTER:
            self.failed_sign_ins, self.locked_until = 0, self.now + LOCKED_FOR

    @action(internal=True)
    def make_super_admin(self, is_super_admin: Flag) -> None:
        """Whether they administer the installation itself."""
        self.is_super_admin = is_super_admin
