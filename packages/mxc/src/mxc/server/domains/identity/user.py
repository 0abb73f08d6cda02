"""A user: a person who signs in."""

from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.kernel.resource import Listing, Policy, Resource, action
from mxc.server.kernel.resource.fields import Instant, Name, Secret


class Role(StrEnum):
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class User(Resource):
    """A person who signs in with e-mail and password; what they may do follows from the role."""

    __tablename__ = "users"

    email: Mapped[Name]
    password_hash: Mapped[Secret]
    role: Mapped[Role] = mapped_column(default=Role.VIEWER)
    last_sign_in_at: Mapped[Instant | None]

    unique = (("email",),)
    editable = ("role",)
    policy = Policy(read="admin", write="admin")
    listing = Listing(("email", "role", "last_sign_in_at"))

    @action(internal=True)
    def note_sign_in(self) -> None:
        """They signed in."""
        self.last_sign_in_at = self.now
