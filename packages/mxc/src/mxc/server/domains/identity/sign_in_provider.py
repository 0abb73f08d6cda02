"""A sign-in provider: who else may vouch for the people of an organisation."""

from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.kernel.resource import Listing, Policy, Resource, column, creation, identity
from mxc.server.kernel.resource.fields import EncryptedText, Flag, Name, Tags, Url


class ProviderKind(StrEnum):
    GOOGLE = "google"
    GITHUB = "github"
    OIDC = "oidc"


class NewcomerRole(StrEnum):
    """What somebody becomes who was never here: who owns is decided by owners, not by a provider."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class SignInProvider(Resource):
    """It vouches for members of this organisation alone, so its owners decide about it.

    `issuer` is empty for Google and github.com. Whom it vouches for stays when it is changed, hence its kind
    and issuer do not change: make another one.
    """

    __tablename__ = "sign_in_providers"

    name: Mapped[Name] = column(help="what its button says: Sign in with …", example="Example Corp")
    kind: Mapped[ProviderKind]
    issuer: Mapped[Url | None] = column(example="https://id.example.org")
    client_id: Mapped[Name] = column(help="who we are to it", example="mxc")
    client_secret: Mapped[EncryptedText] = column(help="our password there; kept encrypted")
    email_domains: Mapped[Tags] = mapped_column(default=list)
    role_for_newcomers: Mapped[NewcomerRole | None] = column(
        help="what who is not a member yet becomes; empty lets nobody new in"
    )
    enabled: Mapped[Flag] = mapped_column(default=True)

    create = creation(help="Let somebody else vouch for members.")
    identities = identity("by_name", "name", case_insensitive=True)
    editable = ("name", "client_id", "client_secret", "email_domains", "role_for_newcomers", "enabled")
    policy = Policy(read="admin", write="owner")
    listing = Listing(("name", "kind", "issuer", "email_domains", "role_for_newcomers", "enabled"))
