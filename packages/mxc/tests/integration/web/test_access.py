"""Who belongs here, their tokens, themselves, and where they look: on pages, in a real browser."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import expect

from mxc.server.domains.identity.membership import Role
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.domains.workloads.notice import Notice
from mxc.testing.served import until

from .conftest import ADMIN, Desk, Rows, Visitor
from .looks import LOOKS, settled
from .people import PASSWORD, somebody, tenant, within
from .test_derived import RAISED, looks_well, row, why_not

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_somebody_is_invited_by_mail_given_a_role_and_removed(
    visitor: Visitor, desk: Desk, rows: Rows
) -> None:
    email = f"{uuid4().hex[:8]}@example.org"
    async with desk.at("/memberships") as page:
        await page.get_by_role("button", name="New member").click()
        create = page.get_by_role("button", name="Create")
        await page.get_by_label("Email").fill("nobody")
        await expect(page.get_by_text("must be an e-mail address")).to_be_visible()
        await expect(create).to_be_disabled()
        await page.get_by_label("Email").fill(email)
        await page.get_by_label("Role").select_option("operator")
        await create.click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(email)
        box = visitor.site.mailbox
        await until(lambda: any(mail["To"] == email for mail in box.mails))
        assert "/link#" in next(str(mail.get_content()) for mail in box.mails if mail["To"] == email)
        await page.get_by_role("button", name="Set role").click()
        dialog = page.get_by_role("document", name=f"Set role {email}?")
        await dialog.get_by_label("Role").select_option("admin")
        await expect(dialog).to_contain_text(f"{email} may then ")
        await expect(dialog).to_contain_text("delete, set role and upsert memberships")
        await dialog.get_by_role("button", name="Set role").click()
        await expect(page.get_by_role("region", name="History")).to_contain_text("operator→admin")
        await expect(page.locator(".m-entity-facts")).to_contain_text("admin")
        await page.get_by_role("button", name="Delete").click()
        dialog = page.get_by_role("document", name=f"Delete {email}?")
        await dialog.get_by_role("button", name="Delete").click()
        await page.wait_for_url(re.compile("/memberships$"))
        await expect(row(page, email)).to_have_count(0)


async def test_the_last_owner_stays_and_the_page_says_why(desk: Desk) -> None:
    async with desk.at(f"/memberships?q={ADMIN}") as page:
        await row(page, ADMIN).get_by_role("link").click()
        for name in ("Set role", "Delete"):
            why = await why_not(page, name)
            await expect(why).to_contain_text("nobody changes their own membership")
            await why.get_by_role("button", name="Close").click()


async def test_a_token_is_shown_once_works_and_is_revoked(visitor: Visitor, rows: Rows) -> None:
    operator = await somebody(visitor, rows, Role.OPERATOR)
    async with visitor.at("/tokens/new", cookies=operator.cookies) as page:
        await page.get_by_label("Name").fill("robot")
        await page.get_by_label("Expires in days").fill("0")
        await expect(page.get_by_text("greater than or equal to 1")).to_be_visible()
        await expect(page.get_by_role("button", name="Create")).to_be_disabled()
        await page.get_by_label("Expires in days").fill("30")
        await page.get_by_role("button", name="Create").click()
        token = await page.locator(".m-dialog .m-command").inner_text()
        await page.get_by_role("button", name="I have it").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("robot")
        assert token not in await page.content()
        headers = {"Authorization": f"Bearer {token}"}
        assert (await page.request.get(f"{visitor.site.url}/api/nodes", headers=headers)).status == 200
        await page.get_by_role("button", name="Revoke").click()
        await page.get_by_role("document", name="Revoke robot?").get_by_role("button", name="Revoke").click()
        await expect(page.get_by_role("region", name="History")).to_contain_text("Revoke")
        assert (await page.request.get(f"{visitor.site.url}/api/nodes", headers=headers)).status == 401


async def test_others_tokens_are_for_administrators(visitor: Visitor, desk: Desk, rows: Rows) -> None:
    viewer = await somebody(visitor, rows, Role.VIEWER)
    async with desk.at("/tokens") as page:
        theirs = str(await page.locator("tbody a").first.get_attribute("href"))
    async with visitor.at("/tokens", cookies=viewer.cookies) as page:
        await expect(page.get_by_role("heading", name="No API tokens yet")).to_be_visible()
        await page.goto(visitor.site.url + theirs)
        await expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()


async def test_switching_cuts_every_page_of_the_one_before(visitor: Visitor, rows: Rows) -> None:
    other = await tenant(rows, "Second")
    person = await somebody(visitor, rows, Role.VIEWER, DEFAULT_TENANT, other)
    mark = uuid4().hex[:6]
    ours = await rows.do(Notice.create, kind=f"our-{mark}", message="Ours.", **RAISED)
    await within(rows, other, Notice.create, kind=f"their-{mark}", message="Theirs.", **RAISED)
    async with visitor.at(f"/notices/{ours.id}", cookies=person.cookies) as page:
        await settled(page)
        second = await page.context.new_page()
        await second.goto(f"{visitor.site.url}/notices?q={mark}")
        await expect(row(second, f"our-{mark}")).to_be_visible()
        await second.get_by_label("Organisation: Default").click()
        await second.get_by_role("button", name="Second").click()
        await second.wait_for_url(f"{visitor.site.url}/")
        await page.wait_for_url(f"{visitor.site.url}/")
        await expect(page.get_by_label("Organisation: Second")).to_be_visible()
        await page.goto(f"{visitor.site.url}/notices?q={mark}")
        await expect(row(page, f"their-{mark}")).to_be_visible()
        await expect(page.locator("tbody tr[data-id]")).to_have_count(1)


async def test_nobody_switches_to_where_they_do_not_belong(visitor: Visitor, rows: Rows) -> None:
    other, person = await tenant(rows, "Closed"), await somebody(visitor, rows, Role.OWNER)
    async with visitor.at("/", cookies=person.cookies) as page:
        switch = f"{visitor.site.url}/tenants/switch/{other}"
        await page.request.post(switch, headers={"Origin": visitor.site.url})
        who = await (await page.request.get(f"{visitor.site.url}/api/session")).json()
        assert who["data"]["tenant_id"] == str(DEFAULT_TENANT)
        assert (await page.request.post(switch, headers={"Origin": "https://example.org"})).status == 403


async def test_the_profile_changes_name_and_password_and_ends_sessions(
    visitor: Visitor, rows: Rows, tmp_path: Path
) -> None:
    person = await somebody(visitor, rows, Role.VIEWER)
    elsewhere = await visitor.sign_in(person.email, PASSWORD)
    async with visitor.at("/profile", cookies=person.cookies) as page:
        await looks_well(page, LOOKS, tmp_path, "profile")
        await page.get_by_label("Display name").fill("Ada")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("your name is kept")).to_be_visible()
        here = page.get_by_role("region", name="Signed in with")
        await expect(here.get_by_text("this browser")).to_have_count(1)
        await here.get_by_role("button", name="Sign out").click()
        await expect(here.get_by_role("listitem")).to_have_count(1)
        await page.get_by_label("Current").fill("wrong")
        await page.get_by_role("textbox", name="Password").fill("another one, long enough")
        await page.get_by_role("button", name="Change password").click()
        await expect(page.get_by_role("alert").filter(has_text="current password is wrong")).to_be_visible()
        await page.get_by_label("Current").fill(PASSWORD)
        await page.get_by_role("button", name="Change password").click()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    async with visitor.at("/profile", cookies=elsewhere) as page:
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert await visitor.sign_in(person.email, "another one, long enough")


async def test_a_provider_is_made_edited_and_removed_and_its_secret_never_shown(desk: Desk) -> None:
    name, secret = f"Corp {uuid4().hex[:6]}", f"s3cret-{uuid4().hex}"
    async with desk.at("/sign-in-providers/new") as page:
        await page.get_by_label("Name", exact=True).fill(name)
        await page.get_by_label("Kind").select_option("github")
        await page.get_by_label("Client", exact=True).fill("mxc")
        await page.get_by_label("Client secret").fill(secret)
        await page.get_by_role("button", name="Create").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(name)
        assert secret not in await page.content()
        await page.get_by_role("button", name="Edit").click()
        await expect(page.get_by_label("Client secret")).to_have_value("")
        await page.get_by_label("Enabled").uncheck()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("region", name="History")).to_contain_text("Enabledyes→no")
        assert secret not in await page.content()
        await page.get_by_role("button", name="Delete").click()
        dialog = page.get_by_role("document", name=f"Delete {name}?")
        await dialog.get_by_role("button", name="Delete").click()
        await page.wait_for_url(re.compile("/sign-in-providers$"))
        await expect(row(page, name)).to_have_count(0)
