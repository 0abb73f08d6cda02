"""Nothing disruptive without its consequences."""

from typing import Any

import pytest
from playwright.async_api import expect

from .conftest import Rows, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("button", ["Drain", "Delete"])
async def test_a_node_says_what_would_move_before_the_button_arms(
    visitor: Visitor, admin: list[Any], rows: Rows, button: str
) -> None:
    node = await rows.node(f"emptied-by-{button.lower()}")
    await rows.running("sleep", node)
    async with visitor.at(f"/nodes/{node.id}", cookies=admin) as page:
        await page.get_by_role("button", name=button).click()
        told = f"would leave emptied-by-{button.lower()} and wait for"
        await expect(page.get_by_text(told)).to_be_visible()
        await page.get_by_role("button", name="Keep").click()
