"""Sends the mails that wait, one after the other, and tries again what no server took."""

import asyncio
import logging
import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Final
from urllib.parse import unquote, urlsplit

from sqlalchemy import select

from mxc.server.domains.identity.mail import Mail, MailStatus
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import MxcError

AT_ONCE: Final = 20
LOOK_EVERY_S: Final = 30.0
PATIENCE_S: Final = 20.0
GIVE_UP_AFTER: Final = timedelta(days=1)
PORTS: Final = {"smtp": 587, "smtps": 465}
log: Final = logging.getLogger(__name__)

Deliver = Callable[[EmailMessage], None]
"""Hands one mail to a server; raises smtplib.SMTPException or OSError."""


class PostOffice:
    """One per process; works while it leads. Without a way to deliver, what waits goes on waiting."""

    def __init__(self, deliver: Deliver | None, sender: str) -> None:
        self._deliver = deliver
        self._sender = sender
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """There is mail."""
        self._rung.set()

    async def run(self, core: Core) -> None:
        """For ever."""
        while True:
            self._rung.clear()
            try:
                await self.send_waiting(core)
            except MxcError as error:
                log.warning("mail waits: %s", error)
            try:
                await asyncio.wait_for(self._rung.wait(), LOOK_EVERY_S)
            except TimeoutError:
                continue

    async def send_waiting(self, core: Core) -> int:
        """Tries every mail that is due; how many a server took."""
        if self._deliver is None:
            return 0
        taken, now = 0, core.clock.now()
        due = (Mail.status == MailStatus.WAITING, Mail.next_try_at <= now)
        async with core.store.system() as session:
            query = select(Mail).where(*due).order_by(Mail.next_try_at, Mail.id).limit(AT_ONCE)
            waiting = list(await session.scalars(query))
        for mail in waiting:
            taken += await self._try(core, self._deliver, mail)
        return taken

    async def _try(self, core: Core, deliver: Deliver, mail: Mail) -> bool:
        system, now = Actor.system(DEFAULT_TENANT, "mail"), core.clock.now()
        try:
            await asyncio.to_thread(deliver, self._message(core, mail, now))
        except smtplib.SMTPRecipientsRefused as refused:
            await core.perform(system, Mail.give_up, mail.id, error=str(refused)[:1000])
        except (smtplib.SMTPException, OSError) as error:
            words = f"{type(error).__name__}: {error}"[:1000]
            is_over = now - mail.created_at > GIVE_UP_AFTER
            await core.perform(system, Mail.give_up if is_over else Mail.delayed, mail.id, error=words)
        else:
            await core.perform(system, Mail.sent, mail.id)
            return True
        return False

    def _message(self, core: Core, mail: Mail, now: datetime) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, mail.recipient, mail.subject
        message["Date"], message["Message-ID"] = format_datetime(now), make_msgid(mail.id.hex)
        message.set_content(core.opened(mail, "content") or "")
        return message


def by_smtp(url: str) -> Deliver:
    """Delivery to `smtp://user:password@host:port` (with STARTTLS where offered) or `smtps://…`.

    A password is only ever sent over an encrypted connection.
    """
    target = urlsplit(url)
    host, port = target.hostname or "", target.port or PORTS[target.scheme]
    user, password = unquote(target.username or ""), unquote(target.password or "")

    def deliver(message: EmailMessage) -> None:
        context = ssl.create_default_context()
        if target.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=PATIENCE_S, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=PATIENCE_S)
        with server:
            server.ehlo_or_helo_if_needed()
            if target.scheme == "smtp" and (user or server.has_extn("starttls")):
                server.starttls(context=context)
            if user:
                server.login(user, password)
            server.send_message(message)

    return deliver
