"""Signing in with a provider, in a browser: there and back, and what is said when it fails."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.async_api import expect

from mxc.server.domains.identity.membership import Role
from mxc.testing.provider import CLIENT_ID, CLIENT_SECRET, RunningProvider, running_provider

from .conftest import Rows, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(scope="module")
def provider() -> Iterator[RunningProvider]:
    with running_provider() as running:
        yield running


async def test_somebody_comes_in_by_the_provider_of_their_organisation(
    visitor: Visitor, rows: Rows, provider: RunningProvider, admin: list[Any]
) -> None:
    made = {"name": "Example Corp", "kind": "oidc", "issuer": provider.issuer, "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET}  # fmt: skip
    cookies = {each["name"]: each["value"] for each in admin}
    async with httpx.AsyncClient(cookies=cookies, headers={"Origin": visitor.site.url}) as http:
        answer = await http.post(f"{visitor.site.url}/api/sign-in-providers", json=made)
    assert answer.status_code == 201, answer.text
    visitor.faults.also = provider.issuer
    provider.be(claims={"sub": "eve-1", "email": "eve@example.org"}, asks=True)
    async with visitor.at("/rules") as page:
        await page.get_by_role("link", name="Sign in with Example Corp").click()
        await page.get_by_role("button", name="I am Ada").click()
        await expect(page.get_by_role("alert")).to_contain_text("Nobody here has the address eve@example.org")
        await rows.user("eve@example.org", Role.OPERATOR, "none")
        await page.get_by_role("link", name="Back to signing in").click()
        await page.goto(f"{visitor.site.url}/rules")
        await page.get_by_role("link", name="Sign in with Example Corp").click()
        await page.get_by_role("button", name="I am Ada").click()
        await expect(page.get_by_role("heading", name="Rules", exact=True)).to_be_visible()
        await expect(page.get_by_text("eve@example.org")).to_be_visible()
        [cookie] = await page.context.cookies(visitor.site.url)
        assert cookie["name"].endswith("mxc_session"), "nothing is left of the way there"


async def test_a_link_to_the_way_back_alone_lets_nobody_in(visitor: Visitor) -> None:
    async with visitor.at("/login/with/oidc/back?code=stolen&state=guessed") as page:
        await expect(page.get_by_role("alert")).to_contain_text("did not set out")
        assert not await page.context.cookies()
