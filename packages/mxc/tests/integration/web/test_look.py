"""How the pages look and read: both themes, narrow screens, names of controls, contrast as rendered."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

from mxc.server.domains.rulebooks.scheduling_rule import SchedulingRule

from .conftest import Rows, Visitor
from .looks import LOOKS, NAMELESS, PALE, settled

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PATHS = ["/", "/nodes", "/workloads", "/workloads/new", "/rules", "/rules/new", "/dev/components"]


@pytest.mark.parametrize(("theme", "width"), LOOKS)
async def test_every_page_in_every_look(
    visitor: Visitor, admin: list[Any], rows: Rows, tmp_path: Path, theme: Any, width: int
) -> None:
    made = await rows.running("python3 -m http.server", await rows.node(f"n-{uuid4().hex[:6]}"))
    rule = await rows.do(
        SchedulingRule.create,
        name=f"look-{uuid4().hex[:6]}",
        rule_text=f"{'long_' * 30}(1).",
        is_enabled=False,
    )
    window = {"width": width, "height": 900}
    for path in [*PATHS, f"/workloads/{made.id}", f"/nodes/{made.node_id}", f"/rules/{rule.id}"]:
        async with visitor.at(path, cookies=admin, color_scheme=theme, viewport=window) as page:
            await settled(page)
            await page.screenshot(path=tmp_path / f"{path.strip('/').replace('/', '-') or 'overview'}.png")
            assert await page.evaluate("document.documentElement.dataset.theme") == theme
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
                f"{path} is too wide"
            )
            assert await page.evaluate(NAMELESS) == [], path
            assert await page.evaluate(PALE) == [], path


async def test_on_a_phone_what_a_workload_waits_for_is_told_in_full(
    visitor: Visitor, admin: list[Any], rows: Rows
) -> None:
    wishes = {f"wish-{index}": "granted" for index in range(8)}
    made = await rows.workload("waits", constraints=wishes)
    await rows.node(f"n-{uuid4().hex[:6]}")
    async with visitor.at(
        f"/workloads/{made.id}", cookies=admin, viewport={"width": 390, "height": 844}
    ) as page:
        note = page.locator(".m-entity .m-status-note")
        await expect(note).to_contain_text("wish-7 = granted")
        assert await note.evaluate("(node) => node.scrollWidth <= node.clientWidth")


async def test_the_theme_can_be_switched_and_is_kept(visitor: Visitor, admin: list[Any]) -> None:
    async with visitor.at("/", cookies=admin, color_scheme="dark") as page:
        await page.get_by_role("button", name="Switch between dark and light").click()
        assert await page.evaluate("document.documentElement.dataset.theme") == "light"
        await page.reload()
        assert await page.evaluate("document.documentElement.dataset.theme") == "light"


async def test_the_keys_are_listed(visitor: Visitor, admin: list[Any]) -> None:
    async with visitor.at("/workloads", cookies=admin) as page:
        await settled(page)
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


async def test_a_lost_connection_is_said_and_recovers(visitor: Visitor, admin: list[Any], rows: Rows) -> None:
    async with visitor.at("/workloads", cookies=admin) as page:
        await settled(page)
        await page.evaluate("window.socket.io.engine.close()")
        await expect(page.locator("html")).not_to_have_class("m-is-offline")
        command = f"back-{uuid4().hex[:6]}"
        await rows.workload(command, cpu_required=900.0)
        await expect(page.locator("tbody")).to_contain_text(command)


async def test_what_is_lost_is_greyed_with_its_age(visitor: Visitor, admin: list[Any]) -> None:
    async with visitor.at("/workloads", cookies=admin) as page:
        await settled(page)
        await page.evaluate("window.socket.disconnect()")
        await expect(page.locator(".m-offline")).to_contain_text("Connection lost. What you see is")
        await page.evaluate("window.socket.connect()")
        await expect(page.locator(".m-offline")).to_be_hidden()


async def test_an_idle_page_asks_for_nothing(visitor: Visitor, admin: list[Any]) -> None:
    async with visitor.at("/workloads", cookies=admin) as page:
        await settled(page)
        sent: list[Any] = []
        page.on("request", lambda request: sent.append(request.url))
        await page.reload()
        await page.locator(".m-search input").wait_for()
        sent.clear()
        await page.wait_for_function("performance.now() > 1500")
        assert not sent
