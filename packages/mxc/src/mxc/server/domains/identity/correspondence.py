"""Links sent by mail: how people prove that they read it, once, and come in or choose a password."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import select

from mxc.server.domains.identity.link import GOOD_FOR, Link, LinkStatus, Purpose
from mxc.server.domains.identity.mail import Mail
from mxc.server.domains.identity.token import kept_of, new_secret
from mxc.server.domains.identity.user import User
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Conflict, Unauthenticated, Unavailable


class Words(NamedTuple):
    """What a mail says; `{link}` and `{minutes}` are filled in."""

    subject: str
    content: str


TEXTS: Final[Mapping[Purpose, Words]] = {
    Purpose.SIGN_IN: Words(
        "Your link to mxc",
        "Open this link to sign in. It works once, within {minutes} minutes:\n\n    {link}\n\n"
        "If you did not ask for it, somebody typed your address; nothing happens unless you open it.\n",
    ),
    Purpose.PASSWORD: Words(
        "Choose a password for mxc",
        "Open this link to choose a password. It works once, within {minutes} minutes:\n\n    {link}\n\n"
        "If you did not ask for it, your password stays as it is.\n",
    ),
    Purpose.CONFIRM: Words(
        "Confirm your address for mxc",
        "Open this link to confirm that this is your address:\n\n    {link}\n",
    ),
}


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Whether and from where mail goes out; `base` is the address of our pages in links."""

    base: str = ""
    can_send: bool = False


class Correspondence:
    """`secret` is mixed into what is kept of a link; `ring` tells the post office that there is mail."""

    def __init__(self, secret: str, settings: MailSettings, ring: Callable[[], None]) -> None:
        self._secret = secret
        self._settings = settings
        self._ring = ring

    @property
    def can_send(self) -> bool:
        """Whether mail goes out at all."""
        return self._settings.can_send

    async def send(self, core: Core, user: User, purpose: Purpose) -> None:
        """Mails a person a link. Raises Unavailable where no mail goes out."""
        if not self.can_send:
            raise Unavailable(
                "mail is not set up here",
                code="no-mail",
                hint="who runs this installation sets MXC_SMTP_URL; `mxc login` works with a password",
            )
        secret, now, good_for = new_secret(), core.clock.now(), GOOD_FOR[purpose]
        words = TEXTS[purpose]
        link = f"{self._settings.base}/link#{secret}"
        minutes = int(good_for.total_seconds() // 60)
        system = Actor.system(DEFAULT_TENANT, "mail")
        async with core.unit(system, platform=True) as work:
            await work.perform(
                Link.create, purpose=purpose, user_id=user.id, email=user.email,
                secret_hash=kept_of(self._secret, secret), expires_at=now + good_for,
            )  # fmt: skip
            await work.perform(
                Mail.create, recipient=user.email, subject=words.subject, next_try_at=now, error=None,
                content=words.content.format(link=link, minutes=minutes),
            )  # fmt: skip
        self._ring()

    async def purpose_of(self, core: Core, secret: str) -> Purpose:
        """What a link is for; it stays unused. Raises Unauthenticated for one that is no longer good."""
        return (await self._found(core, secret))[0].purpose

    async def redeem(self, core: Core, secret: str, *purposes: Purpose) -> User:
        """The person whose link this is, who proved to read their mail; the link is used now.

        Raises Unauthenticated for a link that is used, over, or for something else.
        """
        link, user = await self._found(core, secret)
        if link.purpose not in purposes:
            raise _no_longer_good()
        system = Actor.system(DEFAULT_TENANT, user.email)
        try:
            async with core.unit(system, platform=True) as work:
                await work.perform(Link.use, link.id)
                confirmed: User = await work.perform(User.confirm, user.id)
        except Conflict:
            raise _no_longer_good() from None
        return confirmed

    async def _found(self, core: Core, secret: str) -> tuple[Link, User]:
        query = (
            select(Link, User)
            .join(User, User.id == Link.user_id)
            .where(
                Link.secret_hash == kept_of(self._secret, secret[:100]),
                Link.status == LinkStatus.FRESH,
                Link.email == User.email,
                Link.expires_at > core.clock.now(),
            )
        )
        async with core.store.system() as session:
            found = (await session.execute(query)).one_or_none()
        if found is None:
            raise _no_longer_good()
        return found[0], found[1]


def _no_longer_good() -> Unauthenticated:
    return Unauthenticated(
        "this link is no longer good", code="bad-link", hint="it works once and not for long: ask for another"
    )
