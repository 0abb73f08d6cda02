"""An ended session: somebody signed out, so copies of its cookie are worth nothing."""

from sqlalchemy.orm import Mapped

from mxc.server.kernel.resource import Listing, Policy, Resource, creation
from mxc.server.kernel.resource.action import edition, removal
from mxc.server.kernel.resource.fields import Instant


class EndedSession(Resource):
    """Its id is the session's. Kept until `over_at`, when the cookie's own time is over in any case."""

    __tablename__ = "ended_sessions"

    over_at: Mapped[Instant]

    create = creation(internal=True, help="Somebody signed out.")
    update = edition(internal=True)
    delete = removal(internal=True)
    policy = Policy(read="admin", write="admin")
    listing = Listing(("over_at",))
