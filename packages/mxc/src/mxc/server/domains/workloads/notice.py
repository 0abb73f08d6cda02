"""A notice: something about the whole fleet that a human should know."""

from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.kernel.resource import Lifecycle, Listing, Paging, Resource, creation, fact, transition
from mxc.server.kernel.resource.action import edition, removal
from mxc.server.kernel.resource.fields import Instant, Name, Text


class NoticeStatus(StrEnum):
    OPEN = "open"
    CLEARED = "cleared"


class Notice(Resource):
    """Raised by a rule, one open notice per kind, and cleared when the rule no longer holds."""

    __tablename__ = "notices"

    kind: Mapped[Name]
    message: Mapped[Text]
    status: Mapped[NoticeStatus] = mapped_column(default=NoticeStatus.OPEN)
    raised_at: Mapped[Instant]
    cleared_at: Mapped[Instant | None]

    create = creation(internal=True, help="The core noticed something.")
    update = edition(internal=True)
    delete = removal(internal=True)
    lifecycle = Lifecycle(column="status", initial=NoticeStatus.OPEN)
    paging = Paging(order=("-created_at",))
    listing = Listing(("kind", "message", "status", "raised_at", "cleared_at"))
    facts = (fact("notice_open", "id", "kind", when=lambda notice: notice.status is NoticeStatus.OPEN),)

    @transition({NoticeStatus.OPEN: NoticeStatus.CLEARED}, internal=True)
    def clear(self) -> None:
        """What it told of is over."""
        self.cleared_at = self.now
