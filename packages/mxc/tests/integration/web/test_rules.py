"""A rule is rehearsed before it is saved, tells what it changes before it takes effect, can be watched."""

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, expect

from mxc.server.domains.identity.membership import Role
from mxc.server.domains.identity.password import hashed
from mxc.server.domains.rulebooks.scheduling_rule import Mode, SchedulingRule

from .conftest import Rows, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Cookies = list[Any]


async def waits_for_paint(rows: Rows) -> tuple[str, str]:
    """A workload that a rule about its key would let start: (key, command)."""
    mark = uuid4().hex[:6]
    await rows.node(f"easel-{mark}", cpu=64.0, memory=65536)
    await rows.workload(
        f"brush-{mark}", constraints={f"paint-{mark}": "blue"}, cpu_required=0.1, memory_required=16
    )
    return f"paint-{mark}", f"brush-{mark}"


async def rule_of(rows: Rows, key: str, mode: Mode) -> SchedulingRule:
    made: SchedulingRule = await rows.do(
        SchedulingRule.create,
        name=f"rule-{key}",
        mode=mode,
        rule_text=f"% Paint is judged by nobody.\nfree_key('{key}').\n",
    )
    return made


async def write(page: Page, words: str) -> None:
    await page.locator(".cm-content").click()
    await page.keyboard.press("Control+A")
    await page.keyboard.type(words)
    await expect(page.locator(".m-verdict")).to_contain_text("accepted")


def mode(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Mode").get_by_role("button", name=re.compile(f"^{name}"))


async def test_a_rule_is_rehearsed_before_it_is_saved_and_saving_says_it_again(
    visitor: Visitor, admin: Cookies, rows: Rows
) -> None:
    key, command = await waits_for_paint(rows)
    async with visitor.at("/rules/new", cookies=admin) as page:
        await write(page, f"free_key('{key}').")
        await page.get_by_role("button", name="Preview").click()
        preview = page.get_by_role("region", name="Preview")
        await expect(preview).to_contain_text(f"({command}) would start on")
        await expect(preview).to_contain_text(f"+ free_key({key})")
        await expect(preview.get_by_text("told of the one before")).to_be_hidden()
        await write(page, f"% Anything.\nfree_key('{key}').")
        await expect(preview.get_by_text("told of the one before")).to_be_visible()
        await page.get_by_label("Name").fill(f"rule-{key}")
        await page.get_by_role("button", name="Save").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text(f"({command}) would start on")
        await dialog.get_by_role("button", name="Save").click()
        await page.wait_for_url(re.compile("/rules/[0-9a-f-]{36}"))
    async with visitor.at(f"/workloads?q={command}", cookies=admin) as page:
        await expect(page.locator("tbody tr[data-id]")).to_contain_text("starting")


async def test_a_preview_that_changes_nothing_says_so(visitor: Visitor, admin: Cookies) -> None:
    async with visitor.at("/rules/new", cookies=admin) as page:
        await write(page, "constraint_violated(W, N) :- workload_constraint(W, never, N).")
        await page.get_by_role("button", name="Preview").click()
        await expect(page.get_by_role("region", name="Preview")).to_contain_text("Nothing would change")


async def test_another_mode_tells_its_consequences_first(
    visitor: Visitor, admin: Cookies, rows: Rows
) -> None:
    key, command = await waits_for_paint(rows)
    rule = await rule_of(rows, key, Mode.DRAFT)
    async with visitor.at(f"/rules/{rule.id}", cookies=admin) as page:
        await expect(mode(page, "draft")).to_have_attribute("aria-pressed", "true")
        await mode(page, "enforce").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text(f"({command}) would start on")
        await dialog.get_by_role("button", name="Keep").click()
        await expect(page.locator("h1 + div")).to_contain_text("draft")
        await mode(page, "enforce").click()
        await dialog.get_by_role("button", name="Enforce").click()
        await expect(page.locator("h1 + div")).to_contain_text("enabled")
        await expect(mode(page, "enforce")).to_have_attribute("aria-pressed", "true")
        await mode(page, "shadow").click()
        await expect(dialog).to_contain_text("What it derives vanishes at once")
        await expect(dialog).to_contain_text(f"- free_key({key})")
        await expect(dialog).to_contain_text("Nothing is done.")
        await dialog.get_by_role("button", name="Watch only").click()
        await expect(page.locator("h1 + div")).to_contain_text("shadow")


async def test_what_a_shadow_would_have_done_appears_on_the_page_with_its_proof(
    visitor: Visitor, admin: Cookies, rows: Rows
) -> None:
    key, command = await waits_for_paint(rows)
    rule = await rule_of(rows, key, Mode.SHADOW)
    async with visitor.at(f"/rules/{rule.id}", cookies=admin) as page:
        results = page.get_by_role("region", name="What it would have done")
        await expect(results.get_by_role("link", name=command)).to_be_visible(timeout=30_000)
        await expect(results).to_contain_text("1 would start")
        await results.get_by_text("Why").click()
        await expect(results).to_contain_text(re.compile("It fits|Candidate", re.IGNORECASE))
        await page.wait_for_function("window.did_handshake")
    async with visitor.at(f"/workloads?q={command}", cookies=admin) as page:
        await expect(page.locator("tbody tr[data-id]")).to_contain_text("pending")


async def test_who_may_not_change_a_rule_may_still_rehearse_it(visitor: Visitor, rows: Rows) -> None:
    key, command = await waits_for_paint(rows)
    rule = await rule_of(rows, key, Mode.DRAFT)
    email = f"{uuid4().hex[:8]}@example.org"
    await rows.user(email, Role.VIEWER, await hashed("only looking"))
    viewer = await visitor.sign_in(email, "only looking")
    async with visitor.at(f"/rules/{rule.id}", cookies=viewer) as page:
        await expect(mode(page, "enforce")).to_be_disabled()
        await expect(page.get_by_role("button", name="Save")).to_be_disabled()
        await page.get_by_role("button", name="Preview").click()
        preview = page.get_by_role("region", name="Preview")
        await expect(preview).to_contain_text(f"({command}) would start on")
