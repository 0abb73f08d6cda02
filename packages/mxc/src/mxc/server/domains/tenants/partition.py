"""A partition: a part of an organisation, such as a site, that somebody can be confined to."""

from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.kernel.resource import Listing, Policy, Resource, fact, identity
from mxc.server.kernel.resource.fields import Name, Slug, Text


class Partition(Resource):
    """Rows in it are seen by the whole organisation and by who is confined to it; rows of none, by all."""

    __tablename__ = "partitions"

    name: Mapped[Name]
    slug: Mapped[Slug]
    description: Mapped[Text] = mapped_column(default="")

    identities = identity("by_slug", "slug")
    called = "slug"
    policy = Policy(read="viewer", write="admin")
    listing = Listing(("name", "slug", "description"))
    facts = fact("partition", "id", "slug")
