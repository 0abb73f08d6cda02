"""Nobody sees a page without signing in."""

import pytest
from playwright.async_api import expect

from .conftest import ADMIN, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize(
    "path", ["/", "/nodes", "/workloads", "/workloads/new", "/rules", "/dev/components", "/nope"]
)
async def test_strangers_are_sent_to_the_door(visitor: Visitor, path: str) -> None:
    async with visitor.at(path) as page:
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert "/login?next=" in page.url


async def test_a_wrong_password_is_refused_and_the_address_kept(visitor: Visitor) -> None:
    async with visitor.at("/login") as page:
        await page.get_by_label("E-mail").fill(ADMIN)
        await page.get_by_label("Password").fill("guess")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_have_text("E-mail or password is wrong.")
        await expect(page.get_by_label("E-mail")).to_have_value(ADMIN)
        assert not await page.context.cookies()


async def test_the_right_password_leads_where_one_wanted_to_go(visitor: Visitor) -> None:
    async with visitor.at("/rules") as page:
        await page.get_by_label("E-mail").fill(ADMIN)
        await page.get_by_label("Password").fill(visitor.site.password)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", name="Rules", exact=True)).to_be_visible()
        [cookie] = await page.context.cookies()
        assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"


@pytest.mark.parametrize("target", ["https://example.org/", "//example.org", "/\\example.org"])
async def test_the_door_never_leads_to_other_sites(visitor: Visitor, target: str) -> None:
    async with visitor.at(f"/login?next={target}") as page:
        await page.get_by_label("E-mail").fill(ADMIN)
        await page.get_by_label("Password").fill(visitor.site.password)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url(f"{visitor.site.url}/")


async def test_signing_out_ends_it_for_copies_of_the_cookie_too(visitor: Visitor) -> None:
    cookies = await visitor.sign_in(ADMIN, visitor.site.password)
    async with visitor.at("/", cookies=cookies) as page:
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert not await page.context.cookies()
    async with visitor.at("/", cookies=cookies) as page:
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
