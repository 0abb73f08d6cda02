"""The pages in a real browser: they are live, they explain, and they act."""

import asyncio
import re
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from playwright.async_api import Page, expect

from mxc.server.domains.identity.membership import Role
from mxc.server.domains.identity.password import hashed
from mxc.server.domains.rulebooks.scheduling_rule import SchedulingRule
from mxc.server.domains.workloads.workload import Workload

from .conftest import Rows, Site, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Cookies = list[Any]


def row(page: Page, words: str) -> Any:
    """A row of the table on the page."""
    return page.locator("tbody tr[data-id]").filter(has_text=words)


async def test_the_list_follows_what_happens_without_a_reload(
    visitor: Visitor, admin: Cookies, rows: Rows
) -> None:
    node = await rows.node(f"n-{uuid4().hex[:6]}")
    async with visitor.at("/workloads", cookies=admin) as page:
        await expect(page.get_by_role("heading", name="Workloads", exact=True)).to_be_visible()
        await page.evaluate("window.sameDocument = true")
        command = f"live-{uuid4().hex[:6]}"
        made = await rows.workload(command, memory_required=16, cpu_required=0.1)
        await expect(row(page, command)).to_be_visible()
        await rows.run(made, node)
        await expect(row(page, command)).to_contain_text("running")
        await rows.do(Workload.fail, made.id, reason="crashed", exit_code=3)
        await expect(row(page, command)).to_contain_text("exit code 3")
        assert await page.evaluate("window.sameDocument")


async def test_what_is_placed_counts_as_in_use_before_any_agent_says_so(
    visitor: Visitor, admin: Cookies, rows: Rows
) -> None:
    # Cordoned, so that the rules give it nothing that other tests left waiting.
    node = await rows.node(f"used-{uuid4().hex[:6]}", cpu=3.0, intent="cordoned")
    async with visitor.at("/nodes", cookies=admin) as page:
        await expect(row(page, node.hostname)).to_contain_text("0 of 3")
        await rows.running("busy", node)
        await expect(row(page, node.hostname)).to_contain_text("0.1 of 3")
        await expect(row(page, node.hostname)).to_contain_text("16 MB of 4 GB")
    async with visitor.at("/", cookies=admin) as page:
        health = page.get_by_role("region", name="Health")
        await expect(health).to_contain_text(re.compile(r"Cores in use(0\.[1-9]|[1-9])"))


async def test_a_deleted_workload_is_called_by_its_command_in_the_last_hour(
    visitor: Visitor, admin: Cookies, rows: Rows
) -> None:
    command = f"gone-{uuid4().hex[:6]}"
    made = await rows.workload(command, cpu_required=900.0)
    await rows.do(Workload.stop, made.id)
    await rows.do(Workload.delete, made.id)
    async with visitor.at(f"/workloads/{made.id}", cookies=admin) as page:
        await expect(page.get_by_role("heading", name=re.compile("Nothing here|Deleted"))).to_be_visible()
    async with visitor.at("/", cookies=admin) as page:
        history = page.get_by_role("region", name="Last hour")
        await expect(history).to_contain_text(f"{command}: deleted")


async def test_search_chips_and_keys(visitor: Visitor, admin: Cookies, rows: Rows) -> None:
    mark = uuid4().hex[:6]
    wanted = await rows.workload(f"find-{mark}-a", cpu_required=900.0)
    await rows.workload(f"find-{mark}-b", cpu_required=900.0)
    async with visitor.at("/workloads", cookies=admin) as page:
        await expect(row(page, f"find-{mark}-a")).to_be_visible()
        await page.keyboard.press("/")
        await page.keyboard.type(f"find-{mark}")
        await expect(page.locator("tbody tr[data-id]")).to_have_count(2)
        await expect(page).to_have_url(re.compile(f"q=find-{mark}"))
        await page.locator('[data-chip="running"]').click()
        await expect(page.locator("tbody tr[data-id]")).to_have_count(0)
        await page.locator('[data-chip="running"]').click()
        await page.get_by_role("searchbox").fill(f"find-{mark}-a")
        await page.keyboard.press("Escape")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/workloads/{wanted.id}")


async def test_the_table_keeps_search_and_selection_while_rows_change(
    visitor: Visitor, admin: Cookies, rows: Rows
) -> None:
    mark = uuid4().hex[:6]
    first = await rows.workload(f"keep-{mark}-1", cpu_required=900.0)
    async with visitor.at(f"/workloads?q=keep-{mark}", cookies=admin) as page:
        await expect(row(page, f"keep-{mark}-1")).to_be_visible()
        await page.keyboard.press("j")
        await expect(row(page, f"keep-{mark}-1")).to_have_class(re.compile("m-at"))
        await rows.workload(f"keep-{mark}-2", cpu_required=900.0)
        await expect(row(page, f"keep-{mark}-2")).to_be_visible()
        await rows.do(Workload.stop, first.id)
        await expect(row(page, f"keep-{mark}-1")).to_contain_text("stopped")
        await expect(row(page, f"keep-{mark}-1")).to_have_class(re.compile("m-at"))


async def test_data_is_never_markup(visitor: Visitor, admin: Cookies, rows: Rows) -> None:
    nasty = "<img src=x onerror=window.wasHacked=1><script>window.wasHacked=1</script>{{ 7*7 }}`${1}"
    made = await rows.workload(nasty, cpu_required=900.0)
    for path in ("/workloads", f"/workloads/{made.id}", "/"):
        async with visitor.at(path, cookies=admin) as page:
            await expect(page.get_by_text("onerror=window.wasHacked").first).to_be_visible()
            assert await page.evaluate("window.wasHacked") is None


async def test_a_pending_workload_says_why_it_is_not_placed(
    visitor: Visitor, admin: Cookies, rows: Rows
) -> None:
    node = await rows.node(f"nearest-{uuid4().hex[:6]}", memory=65500)
    made = await rows.workload("big", memory_required=65536)
    async with visitor.at(f"/workloads/{made.id}", cookies=admin) as page:
        why = page.get_by_role("region", name="Why")
        await expect(why).to_contain_text("waits for room")
        await expect(why).to_contain_text(node.hostname)
        await expect(why).to_contain_text("65536")
        await expect(why).to_contain_text(f"Lower its memory to 65500 MB (from 65536), for {node.hostname}")


async def test_what_would_help_is_a_button_where_one_action_does_it(
    visitor: Visitor, admin: Cookies, rows: Rows
) -> None:
    # The first by id: of nodes refused for one reason only that one is looked at for what would help.
    node = await rows.node(f"idle-{uuid4().hex[:6]}", cpu=700.0, intent="cordoned", key=UUID(int=1))
    made = await rows.workload("wide", cpu_required=650.0)
    async with visitor.at(f"/workloads/{made.id}", cookies=admin) as page:
        why = page.get_by_role("region", name="Why")
        offer = why.get_by_role("listitem").filter(has_text=f"Uncordon {node.hostname}")
        await offer.get_by_role("button", name="Uncordon").click()
        await expect(why).to_contain_text("It fits: the node accepts work")


async def test_a_placed_workload_shows_the_proof_as_a_tree(
    visitor: Visitor, admin: Cookies, rows: Rows
) -> None:
    node = await rows.node(f"roomy-{uuid4().hex[:6]}", cpu=500.0, memory=500_000)
    made = await rows.workload("fits", cpu_required=400.0)
    async with visitor.at(f"/workloads/{made.id}", cookies=admin) as page:
        why = page.get_by_role("region", name="Why")
        await expect(why.get_by_text("It fits: the node accepts work").first).to_be_visible()
        await expect(why.locator("li li li").first).to_be_visible()
        await expect(why).to_contain_text(node.hostname)
        await why.get_by_text(re.compile(r"rule at .*scheduling\.dl:\d+")).first.click()
        await expect(why.locator("pre").first).to_be_visible()


async def test_a_page_that_takes_long_is_shown_late_not_refused(
    visitor: Visitor, admin: Cookies, rows: Rows, site: Site
) -> None:
    made = await rows.workload("late", cpu_required=900.0)
    with psycopg.connect(site.dsn) as holder:
        holder.execute("lock table workload_events in access exclusive mode")
        release = asyncio.create_task(asyncio.to_thread(holder.execute, "select pg_sleep(4); commit"))
        async with visitor.at(f"/workloads/{made.id}", cookies=admin) as page:
            await expect(page.get_by_role("heading", name="late")).to_be_visible()
        await release


async def test_stopping_says_what_will_happen_then_does_it(
    visitor: Visitor, admin: Cookies, rows: Rows
) -> None:
    made = await rows.running("stop-me", await rows.node(f"n-{uuid4().hex[:6]}"))
    async with visitor.at(f"/workloads/{made.id}", cookies=admin) as page:
        await page.get_by_role("button", name="Stop").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("killed if it still runs after 10 s")
        await dialog.get_by_role("button", name="Keep").click()
        await expect(dialog).to_be_hidden()
        await expect(page.get_by_role("main")).to_contain_text("running")
        await page.get_by_role("button", name="Stop").click()
        await page.get_by_role("dialog").get_by_role("button", name="Stop").click()
        await expect(page.locator("h1 + div")).to_contain_text("stopping")
        await expect(page.get_by_role("button", name="Stop")).to_be_disabled()


async def test_the_deploy_form_speaks_as_one_types_then_deploys(
    visitor: Visitor, admin: Cookies, rows: Rows
) -> None:
    node = await rows.node(f"d-{uuid4().hex[:6]}")
    async with visitor.at("/workloads/new", cookies=admin) as page:
        deploy = page.get_by_role("main").get_by_role("button", name="Deploy")
        await expect(deploy).to_be_disabled()
        await page.get_by_label("Command").fill("true")
        landing = page.get_by_role("region", name="Where it would land")
        await expect(landing).to_contain_text(node.hostname)
        await expect(landing).to_contain_text("first choice")
        await page.get_by_label("Memory").fill("-5")
        await expect(page.get_by_text("greater than 0")).to_be_visible()
        await page.get_by_label("Memory").fill("900000")
        await expect(landing).to_contain_text("too little memory is free")
        await page.get_by_label("Memory").fill("16")
        await page.get_by_label("Arguments").fill('-c "two words"')
        await deploy.click()
        await page.wait_for_url(re.compile("/workloads/[0-9a-f-]{36}"))
        await expect(page.get_by_role("heading", level=1)).to_have_text("true -c 'two words'")


async def test_the_rule_editor_shows_the_fault_at_its_place(
    visitor: Visitor, admin: Cookies, rows: Rows
) -> None:
    name = f"rule-{uuid4().hex[:6]}"
    async with visitor.at("/rules/new", cookies=admin) as page:
        save = page.get_by_role("button", name="Save")
        await expect(page.locator(".m-verdict")).to_contain_text("accepted")
        editor = page.locator(".cm-content")
        await editor.click()
        await page.keyboard.press("Control+A")
        await page.keyboard.type("constraint_violated(W, N) :- workload_placment(W, N).")
        await expect(page.locator(".m-verdict .m-place")).to_have_text(re.compile("^1:[0-9]+$"))
        await expect(page.locator(".m-verdict")).to_contain_text("workload_placement")
        await expect(page.locator(".cm-fault")).to_have_text("workload_placment")
        await expect(save).to_be_disabled()
        await page.keyboard.press("Control+A")
        await page.keyboard.type("constraint_violated(W, N) :- workload_constraint(W, never, N).")
        await expect(page.locator(".m-verdict")).to_contain_text("accepted")
        await page.get_by_label("Name").fill(name)
        await save.click()
        await page.wait_for_url(re.compile("/rules/[0-9a-f-]{36}"))
        await expect(page.get_by_role("main")).to_contain_text("enabled")
        await page.get_by_role("button", name="Disable").click()
        await page.get_by_role("dialog").get_by_role("button", name="Disable").click()
        await expect(page.locator("h1 + div")).to_contain_text("disabled")


async def test_viewers_get_no_buttons_that_would_refuse_them(
    visitor: Visitor, admin: Cookies, rows: Rows
) -> None:
    rule = await rows.do(
        SchedulingRule.create, name=f"r-{uuid4().hex[:6]}", rule_text="p(1).", is_enabled=False
    )
    made = await rows.workload("look-only", cpu_required=900.0)
    viewer = await _viewer(visitor, rows)
    for path in (f"/workloads/{made.id}", f"/rules/{rule.id}", "/workloads"):
        async with visitor.at(path, cookies=viewer) as page:
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            for name in ("Stop", "Delete", "Enable", "Deploy"):
                await expect(
                    page.get_by_role("main").get_by_role("button", name=name, exact=True)
                ).to_have_count(0)
    async with visitor.at("/workloads/new", cookies=viewer) as page:
        await expect(page.get_by_role("main")).to_contain_text("Not for you")


async def _viewer(visitor: Visitor, rows: Rows) -> Cookies:
    email = f"{uuid4().hex[:8]}@example.org"
    await rows.user(email, Role.VIEWER, await hashed("only looking"))
    return await visitor.sign_in(email, "only looking")


async def test_a_node_is_cordoned_from_its_page(visitor: Visitor, admin: Cookies, rows: Rows) -> None:
    node = await rows.node(f"c-{uuid4().hex[:6]}")
    async with visitor.at(f"/nodes/{node.id}", cookies=admin) as page:
        await expect(page.get_by_role("region", name="Why")).to_contain_text("Healthy: we hear from it.")
        await page.get_by_role("button", name="Cordon", exact=True).click()
        await expect(page.get_by_role("button", name="Uncordon")).to_be_visible()
        await expect(page.locator("h1 + div")).to_contain_text("cordoned")


@pytest.mark.parametrize("path", ["/nope", "/workloads/nope", "/nodes/00000000-0000-4000-8000-000000000000"])
async def test_what_is_not_there_says_so(visitor: Visitor, admin: Cookies, path: str) -> None:
    async with visitor.at(path, cookies=admin) as page:
        await expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
        await expect(page.get_by_role("navigation", name="Main")).to_be_visible()
