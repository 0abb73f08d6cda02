"""Links by mail, against a real mail server: they open their door once, and tell nobody anything else."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from mxc.server.domains.identity.correspondence import Correspondence, MailSettings
from mxc.server.domains.identity.issue import new_user
from mxc.server.domains.identity.mail import Mail, MailStatus
from mxc.server.domains.identity.membership import Role
from mxc.server.domains.identity.post_office import PostOffice, by_smtp
from mxc.server.domains.identity.sign_in import Doorkeeper
from mxc.server.hosting.core import Core
from mxc.server.hosting.identity import Visitor
from mxc.server.kernel.errors import Invalid, Unauthenticated, Unavailable
from mxc.testing.mailbox import Mailbox, mail_server
from mxc.testing.served import PASSWORD, SECRET, SYSTEM

HERE = Visitor("here")
ADA = "ada@example.org"
BASE = "https://mxc.example.org"


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with mail_server() as box:
        yield box


@pytest.fixture
def office(mailbox: Mailbox) -> PostOffice:
    return PostOffice(by_smtp(mailbox.url), "mxc@example.org")


@pytest.fixture
async def door(core: Core, office: PostOffice) -> Doorkeeper:
    await new_user(core, SYSTEM, ADA, PASSWORD, Role.OPERATOR)
    letters = Correspondence(SECRET, MailSettings(BASE, can_send=True), office.ring)
    return Doorkeeper(SECRET, letters)


async def link_in(core: Core, office: PostOffice, mailbox: Mailbox) -> str:
    """The secret of the newest mail's link."""
    assert await office.send_waiting(core) == 1
    return str(mailbox.mails[-1].get_content()).split(f"{BASE}/link#")[1].split()[0]


async def test_a_link_signs_in_once(
    core: Core, door: Doorkeeper, office: PostOffice, mailbox: Mailbox
) -> None:
    await door.ask_for_link(core, ADA.upper(), "sign-in", HERE)
    secret = await link_in(core, office, mailbox)
    assert (mailbox.mails[0]["To"], mailbox.mails[0]["From"]) == (ADA, "mxc@example.org")
    assert await door.purpose_of(core, secret) == "sign-in", "looking does not use it"
    cookie = await door.come_in(core, secret, HERE)
    actor = await door.actor_from_cookie(core, cookie)
    assert actor is not None and (actor.name, actor.role) == (ADA, "operator")
    for wrong in (secret, "x", "", secret + "x"):
        with pytest.raises(Unauthenticated, match="no longer good"):
            await door.come_in(core, wrong, HERE)


async def test_a_link_is_not_good_for_long(
    core: Core, door: Doorkeeper, office: PostOffice, mailbox: Mailbox
) -> None:
    await door.ask_for_link(core, ADA, "sign-in", HERE)
    secret = await link_in(core, office, mailbox)
    async with core.store.system() as session:
        [expires_at] = (await session.execute(text("select expires_at - created_at from links"))).scalars()
        assert round(expires_at / timedelta(minutes=1)) == 15
        await session.execute(text("update links set expires_at = now() - interval '1 second'"))
    with pytest.raises(Unauthenticated):
        await door.come_in(core, secret, HERE)


async def test_who_chooses_a_password_is_signed_out_everywhere_else(
    core: Core, door: Doorkeeper, office: PostOffice, mailbox: Mailbox
) -> None:
    before = await door.sign_in(core, ADA, PASSWORD, HERE)
    await door.ask_for_link(core, ADA, "password", HERE)
    secret = await link_in(core, office, mailbox)
    with pytest.raises(Unauthenticated):
        await door.come_in(core, secret, HERE)
    with pytest.raises(Invalid, match="at least 12"):
        await door.choose_password(core, secret, "short", HERE)
    after = await door.choose_password(core, secret, "another good password", HERE)
    assert await door.actor_from_cookie(core, before) is None
    assert await door.actor_from_cookie(core, after)
    with pytest.raises(Unauthenticated):
        await door.sign_in(core, ADA, PASSWORD, HERE)
    assert await door.sign_in(core, ADA, "another good password", HERE)


async def test_a_password_is_changed_by_who_knows_it(core: Core, door: Doorkeeper) -> None:
    cookie = await door.sign_in(core, ADA, PASSWORD, HERE)
    ada = await door.actor_from_cookie(core, cookie)
    assert ada is not None
    with pytest.raises(Unauthenticated, match="current password"):
        await door.change_password(core, ada, "wrong", "another good password")
    await door.change_password(core, ada, PASSWORD, "another good password")
    assert await door.actor_from_cookie(core, cookie) is None
    assert await door.sign_in(core, ADA, "another good password", HERE)


async def test_who_asks_is_not_told_whether_anybody_is_there(
    core: Core, door: Doorkeeper, office: PostOffice, mailbox: Mailbox
) -> None:
    await door.ask_for_link(core, "nobody@example.org", "sign-in", HERE)
    assert await office.send_waiting(core) == 0 and mailbox.mails == []
    silent = Doorkeeper(SECRET)
    for email in (ADA, "nobody@example.org"):
        with pytest.raises(Unavailable, match="not set up"):
            await silent.ask_for_link(core, email, "sign-in", HERE)


async def test_mail_waits_until_a_server_takes_it_and_is_forgotten_then(
    core: Core, door: Doorkeeper, office: PostOffice, mailbox: Mailbox
) -> None:
    await door.ask_for_link(core, ADA, "sign-in", HERE)
    nobody = PostOffice(by_smtp("smtp://127.0.0.1:1"), "mxc@example.org")
    assert await nobody.send_waiting(core) == 0
    [mail] = await mails(core)
    assert (mail.status, mail.tries) == (MailStatus.WAITING, 1)
    assert "ConnectionRefusedError" in (mail.error or "")
    assert await office.send_waiting(core) == 0, "not before its pause is over"
    async with core.store.system() as session:
        await session.execute(text("update mails set next_try_at = now()"))
        kept = (await session.execute(text("select content from mails"))).scalar_one()
    assert b"link#" not in bytes(kept), "the link that opens a door is kept encrypted"
    assert await office.send_waiting(core) == 1
    [mail] = await mails(core)
    assert (mail.status, core.opened(mail, "content"), mail.error) == (MailStatus.SENT, "", None)


async def test_an_address_refused_for_good_is_not_tried_again(
    core: Core, door: Doorkeeper, office: PostOffice, mailbox: Mailbox
) -> None:
    mailbox.refuses = "550 no such mailbox"
    await door.ask_for_link(core, ADA, "sign-in", HERE)
    assert await office.send_waiting(core) == 0
    [mail] = await mails(core)
    assert (mail.status, core.opened(mail, "content")) == (MailStatus.GIVEN_UP, "")
    assert "no such mailbox" in (mail.error or "")


async def test_neither_audit_nor_tables_hold_a_link_that_still_opens_something(
    core: Core, door: Doorkeeper, office: PostOffice, mailbox: Mailbox
) -> None:
    await door.ask_for_link(core, ADA, "password", HERE)
    secret = await link_in(core, office, mailbox)
    async with core.store.session(SYSTEM.tenant_id) as session:
        found = list((await session.execute(text("select audit::text from audit"))).scalars())
    async with core.store.system() as session:
        for table in ("mails", "links"):
            found += (await session.execute(text(f"select {table}::text from {table}"))).scalars().all()
    assert found and not any(secret in row for row in found)


async def mails(core: Core) -> list[Mail]:
    async with core.store.system() as session:
        return list(await session.scalars(select(Mail)))
