"""Coming in by a link from a mail, in a browser."""

import pytest
from playwright.async_api import expect

from mxc.server.domains.identity.membership import Role
from mxc.testing.served import until

from .conftest import Rows, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def link_for(visitor: Visitor, email: str, button: str) -> str:
    """The path of the link that is mailed after asking for it."""
    box = visitor.site.mailbox
    async with visitor.at("/login") as page:
        await page.get_by_role("link", name="No password, or forgotten").click()
        await page.get_by_label("E-mail").fill(email)
        await page.get_by_role("button", name=button).click()
        await expect(page.get_by_text("a link is on its way")).to_be_visible()
    await until(lambda: any(mail["To"] == email for mail in box.mails))
    mail = next(mail for mail in box.mails if mail["To"] == email)
    return str(mail.get_content()).split(visitor.site.url)[1].split()[0]


async def test_a_link_signs_in_and_is_used_up(visitor: Visitor, rows: Rows) -> None:
    await rows.user("link@example.org", Role.VIEWER, "none")
    path = await link_for(visitor, "link@example.org", "Mail me a link to sign in")
    for complaint in ("", "This link is no longer good"):
        async with visitor.at(path) as page:
            assert "#" not in page.url
            await page.get_by_role("button", name="Go on").click()
            if complaint:
                await expect(page.get_by_role("alert")).to_contain_text(complaint)
            else:
                await page.wait_for_url(f"{visitor.site.url}/")


async def test_a_link_lets_choose_a_password(visitor: Visitor, rows: Rows) -> None:
    await rows.user("new@example.org", Role.VIEWER, "none")
    path = await link_for(visitor, "new@example.org", "Mail me a link to choose a password")
    async with visitor.at(path) as page:
        await page.get_by_role("button", name="Go on").click()
        await page.get_by_label("New password").fill("aaaaaaaaaaaaaaaa")
        await page.get_by_role("button", name="Keep this password").click()
        await expect(page.get_by_role("alert")).to_contain_text("different characters")
        await page.get_by_label("New password").fill("a password of mine")
        await page.get_by_role("button", name="Keep this password").click()
        await page.wait_for_url(f"{visitor.site.url}/")
    assert await visitor.sign_in("new@example.org", "a password of mine")
