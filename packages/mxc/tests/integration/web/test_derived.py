"""The pages derived from the catalogue: every resource has them, without anyone writing a line."""

import csv
import io
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from mxc.server.domains.identity.membership import Role
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT, Tenant
from mxc.server.domains.workloads.notice import Notice
from mxc.server.kernel.resource import Spec, catalogue
from mxc.server.surfaces.app import exposures, route_modules

from .conftest import Desk, Rows, Visitor
from .looks import LOOKS, NAMELESS, PALE, settled
from .people import somebody, tenant, within

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
PATHS = {each.resource: each.path for each in exposures(route_modules())}
RAISED: dict[str, Any] = {"raised_at": "2026-01-05T03:00:00Z", "cleared_at": "2026-01-05T04:00:00Z"}


def path_of(spec: Spec) -> str:
    """Where its list is."""
    return f"/{PATHS.get(spec.resource) or spec.plural.replace('_', '-')}"


def row(page: Page, words: str) -> Any:
    """A row of the table on the page."""
    return page.locator("tbody tr[data-id]").filter(has_text=words)


async def why_not(page: Page, name: str) -> Any:
    """What a button that is not armed says, to whoever comes to it by keys."""
    locked = page.get_by_role("button", name=name)
    await expect(locked).to_be_disabled()
    await locked.focus()
    await page.keyboard.press("Enter")
    return page.get_by_role("document", name=f"Why not {name.lower()}?")


async def looks_well(page: Page, looks: list[tuple[str, int]], folder: Path, name: str) -> None:
    """As wide as the screen, every control named, every word to be read."""
    for theme, width in looks:
        await page.set_viewport_size({"width": width, "height": 900})
        await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        await settled(page)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
        assert await page.evaluate(NAMELESS) == [], name
        assert await page.evaluate(PALE) == [], (name, theme)
        await page.screenshot(path=folder / f"{name}-{theme}-{width}.png")


@pytest.mark.parametrize("spec", catalogue(), ids=lambda spec: spec.plural)
async def test_every_resource_has_a_list_and_a_page_per_row(
    visitor: Visitor, desk: Desk, rows: Rows, tmp_path: Path, spec: Spec
) -> None:
    if spec.resource is Notice:
        await rows.do(Notice.create, kind=f"look-{uuid4().hex[:6]}", message="Look here.", **RAISED)
    async with desk.at(path_of(spec)) as page:
        await settled(page)
        await expect(page.get_by_role("heading", name="Nothing here")).to_have_count(0)
        await looks_well(page, LOOKS[1:3], tmp_path, "list")
        first = page.locator("tbody td a").first
        if await first.count():
            await page.goto(visitor.site.url + str(await first.get_attribute("href")))
            await settled(page)
            await expect(page.get_by_role("heading", name="Nothing here")).to_have_count(0)
            await looks_well(page, [LOOKS[0], LOOKS[3]], tmp_path, "one")


async def test_a_list_is_searched_filtered_and_sorted_and_its_address_says_so(desk: Desk, rows: Rows) -> None:
    mark = uuid4().hex[:6]
    for number in range(3):
        await rows.do(Notice.create, kind=f"{mark}-{number}", message=f"Number {number}.", **RAISED)
    async with desk.at("/notices") as page:
        await settled(page)
        await page.keyboard.press("/")
        await page.keyboard.type(mark)
        await expect(page).to_have_url(re.compile(f"q={mark}"))
        await expect(page.locator("tbody tr[data-id]")).to_have_count(3)
        await page.get_by_role("button", name="Kind").click()
        await expect(page).to_have_url(re.compile(f"q={mark}&sort=kind"))
        await expect(page.locator("tbody tr[data-id]").first).to_contain_text(f"{mark}-0")
        await page.get_by_role("button", name="Kind").click()
        await expect(page.locator("tbody tr[data-id]").first).to_contain_text(f"{mark}-2")
        await page.get_by_role("button", name="Filter").click()
        form = page.get_by_role("form", name="Add a filter")
        await form.get_by_label("Filter by").select_option("message")
        await form.get_by_label("Value").fill("Number 1")
        await form.get_by_role("button", name="Add").click()
        await expect(page.locator("tbody tr[data-id]")).to_have_count(1)
        address = page.url
        await page.goto(address)
        await expect(row(page, f"{mark}-1")).to_be_visible()
        await expect(page.locator("tbody tr[data-id]")).to_have_count(1)
        await page.locator("[data-filter]").click()
        await expect(page.locator("tbody tr[data-id]")).to_have_count(3)
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("region", name="History")).to_contain_text("by the core")


async def test_a_list_of_many_reads_on_as_one_scrolls(desk: Desk, rows: Rows) -> None:
    mark = uuid4().hex[:6]
    for number in range(130):
        await rows.do(Notice.create, kind=f"{mark}-{number:03}", message="One of many.", **RAISED)
    async with desk.at(f"/notices?q={mark}&sort=kind") as page:
        await expect(page.locator(".m-table-count")).to_have_text("130 notices")
        await expect(row(page, f"{mark}-000")).to_be_visible()
        await page.locator(".m-scroll").evaluate("(node) => node.scrollTop = node.scrollHeight")
        await expect(page.get_by_text("Reading on")).to_have_count(0)
        await page.locator(".m-scroll").evaluate("(node) => node.scrollTop = node.scrollHeight")
        await expect(row(page, f"{mark}-129")).to_be_visible()


async def test_what_a_list_shows_comes_as_a_file(visitor: Visitor, desk: Desk, rows: Rows) -> None:
    mark = uuid4().hex[:6]
    await rows.do(Notice.create, kind=mark, message="=1+1", **RAISED)
    async with desk.at(f"/notices?q={mark}") as page:
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Export notices as CSV").click()
        assert (await download.value).suggested_filename == "notices.csv"
        answer = await page.request.get(f"{visitor.site.url}/export/notices.csv?q={mark}")
        [found] = csv.DictReader(io.StringIO(await answer.text()))
        assert (found["kind"], found["message"]) == (mark, "'=1+1")
        answer = await page.request.get(f"{visitor.site.url}/export/notices.json?q={mark}")
        assert [each["message"] for each in await answer.json()] == ["=1+1"]
    async with visitor.at("/login") as page:
        assert (await page.request.get(f"{visitor.site.url}/export/notices.csv")).status == 401


async def test_an_edit_that_collides_shows_both_and_loses_nothing(desk: Desk, rows: Rows) -> None:
    made = await tenant(rows, "Collide")
    async with desk.at(f"/tenants/{made}/edit") as page:
        save = page.get_by_role("button", name="Save", exact=True)
        await expect(save).to_be_disabled()
        await page.get_by_label("Name", exact=True).fill("Mine")
        await expect(save).to_be_enabled()
        await within(rows, made, Tenant.update, made, name="Theirs")
        await save.click()
        conflict = page.get_by_role("alert").filter(has_text="Somebody else changed it meanwhile")
        for words in ("Collide", "Theirs", "Mine"):
            await expect(conflict).to_contain_text(words)
        await page.get_by_role("button", name="Save mine over it").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Mine")
        history = page.get_by_role("region", name="History")
        await expect(history.get_by_role("listitem").first).to_contain_text("Theirs→Mine")


async def test_state_disarms_what_it_does_not_allow_and_says_so(desk: Desk, rows: Rows) -> None:
    made = await tenant(rows, "States")
    async with desk.at(f"/tenants/{made}") as page:
        why = await why_not(page, "Activate")
        await expect(why).to_contain_text("Cannot activate a tenant that is active")
        await why.get_by_role("button", name="Close").click()
        await page.get_by_role("button", name="Suspend").click()
        dialog = page.get_by_role("document", name="Suspend States?")
        await expect(dialog).to_contain_text("It goes from active to suspended.")
        await expect(dialog.get_by_role("button", name="Suspend")).to_be_disabled()
        await dialog.get_by_label("Reason").fill("unpaid")
        await dialog.get_by_role("button", name="Suspend").click()
        await expect(page.locator(".m-entity .m-status-word")).to_have_text("suspended")
        may = page.get_by_role("region", name="May I?")
        await may.get_by_text("Activate", exact=True).click()
        await expect(may.locator(".m-decision[open]")).to_contain_text("installation_grants")
        await expect(page.get_by_role("region", name="History")).to_contain_text("active→suspended")


async def test_many_are_done_at_once_and_those_that_refuse_are_named(desk: Desk, rows: Rows) -> None:
    mark = uuid4().hex[:6]
    one, two = [await tenant(rows, f"Bulk-{mark}-{number}") for number in (1, 2)]
    await within(rows, two, Tenant.suspend, two, reason="already")
    async with desk.at(f"/tenants?q={mark}") as page:
        await page.get_by_label("Select all organisations shown").check()
        selected = page.get_by_role("region", name="Selected rows")
        await selected.get_by_role("button", name="Suspend").click()
        dialog = page.get_by_role("document", name="Suspend 2 organisations?")
        await expect(dialog).to_contain_text("1 would follow.")
        await expect(dialog).to_contain_text(f"Bulk-{mark}-2: cannot suspend")
        await dialog.get_by_label("Reason").fill("both")
        await dialog.get_by_role("button", name="Suspend").click()
        told = page.get_by_role("document", name="Suspend: 1 of 2 done")
        await expect(told).to_contain_text(f"Bulk-{mark}-2")
        await told.get_by_role("button", name="Close").click()
        await expect(row(page, f"Bulk-{mark}-1")).to_contain_text("suspended")
    assert one != two


async def test_a_viewer_is_told_why_not(visitor: Visitor, rows: Rows) -> None:
    viewer = await somebody(visitor, rows, Role.VIEWER)
    async with visitor.at("/memberships", cookies=viewer.cookies) as page:
        await expect(page.locator('[data-group="Access"]')).to_be_visible()
        await expect(page.locator('[data-group="Installation"]')).to_have_count(0)
        why = await why_not(page, "New member")
        await expect(why).to_contain_text("it needs the role admin")
        await expect(why.locator(".m-refusal")).to_contain_text("may not memberships.set_role")
        await why.get_by_role("button", name="Close").click()
        await page.goto(f"{visitor.site.url}/tenants/{DEFAULT_TENANT}")
        may = page.get_by_role("region", name="May I?")
        await may.get_by_text("Suspend", exact=True).click()
        await expect(may.locator(".m-decision[open]")).to_contain_text("may not tenants.suspend")
    for path in ("/users", "/sessions", "/memberships/new"):
        async with visitor.at(path, cookies=viewer.cookies) as page:
            await expect(page.get_by_role("heading", name="Not for you")).to_be_visible()


async def test_no_page_shows_a_row_of_another_organisation(visitor: Visitor, rows: Rows) -> None:
    mark, elsewhere = uuid4().hex[:6], await tenant(rows, "Elsewhere")
    theirs = await within(rows, elsewhere, Notice.create, kind=f"their-{mark}", message="Theirs.", **RAISED)
    ours = await rows.do(Notice.create, kind=f"our-{mark}", message="Ours.", **RAISED)
    owner = await somebody(visitor, rows, Role.OWNER)
    async with visitor.at(f"/notices?q={mark}", cookies=owner.cookies) as page:
        await expect(row(page, f"our-{mark}")).to_be_visible()
        await expect(page.locator("tbody tr[data-id]")).to_have_count(1)
        answer = await page.request.get(f"{visitor.site.url}/export/notices.json?q={mark}")
        assert [each["id"] for each in await answer.json()] == [str(ours.id)]
        for path in (f"/notices/{theirs.id}", f"/tenants/{elsewhere}", f"/tenants/{elsewhere}/edit"):
            await page.goto(visitor.site.url + path)
            await expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
        await page.goto(f"{visitor.site.url}/tenants")
        await expect(page.locator("tbody tr[data-id]")).to_have_count(1)
        await expect(page.locator(f'tr[data-id="{DEFAULT_TENANT}"]')).to_be_visible()
