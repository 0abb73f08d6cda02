"""A mail: written in the transaction that needs it, sent by the post office until it is taken."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.kernel.resource import Lifecycle, Listing, Platform, Policy, creation, index, transition
from mxc.server.kernel.resource.fields import Count, EncryptedText, Instant, Name, Text
from mxc.server.kernel.sealing.sealed import Sealed

FIRST_PAUSE: Final = timedelta(seconds=10)
LONGEST_PAUSE: Final = timedelta(hours=1)


class MailStatus(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


class Mail(Platform):
    """One mail to one person. What it says is forgotten once it is sent, because it may hold a link that
    opens a door."""

    __tablename__ = "mails"

    recipient: Mapped[Name]
    subject: Mapped[Name]
    content: Mapped[EncryptedText]
    status: Mapped[MailStatus] = mapped_column(default=MailStatus.WAITING)
    tries: Mapped[Count] = mapped_column(default=0)
    next_try_at: Mapped[Instant]
    error: Mapped[Text | None]

    create = creation(internal=True, help="Somebody is to be told something.")
    lifecycle = Lifecycle("status", MailStatus.WAITING)
    indexes = index("status", "next_try_at")
    policy = Policy(read="super_admin", write="super_admin")
    listing = Listing(("recipient", "subject", "status", "tries", "error"))

    @transition({MailStatus.WAITING: MailStatus.SENT}, internal=True)
    def sent(self) -> None:
        """A server took it."""
        self.content, self.error = Sealed.fresh(""), None
        self.tries += 1

    @transition({MailStatus.WAITING: MailStatus.WAITING}, internal=True)
    def delayed(self, error: Text) -> None:
        """No server took it; tried again later, ever more patiently."""
        self.error = error
        self.next_try_at = self.now + min(FIRST_PAUSE * 2**self.tries, LONGEST_PAUSE)
        self.tries += 1

    @transition({MailStatus.WAITING: MailStatus.GIVEN_UP}, internal=True)
    def give_up(self, error: Text) -> None:
        """Nobody would want it any more, or its address was refused for good."""
        self.content, self.error = Sealed.fresh(""), error
