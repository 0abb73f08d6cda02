"""`mxc login` and a browser: the code is approved there, and the machine is in."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from .conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_machine_is_let_in_by_who_is_signed_in_at_a_browser(
    visitor: Visitor, admin: list[Any], tmp_path: Path
) -> None:
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "MXC_HOME": str(tmp_path / "none")}
    login = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mxc.cli.main", "login", visitor.site.url, "--scope", "read",
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert login.stderr is not None and login.stdout is not None
    told = (await login.stderr.readline()).decode()
    path = told.split(visitor.site.url)[1].split()[0]
    async with visitor.at(path) as page:
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    async with visitor.at("/device", cookies=admin) as page:
        await page.get_by_role("textbox", name="Code").fill("XXXX-XXXX")
        await page.get_by_role("button", name="Go on").click()
        await expect(page.get_by_role("alert")).to_contain_text("Nothing waits under this code")
        await page.goto(visitor.site.url + path)
        await expect(page.get_by_text("It would look at everything you see")).to_be_visible()
        await page.get_by_role("button", name="Let it in").click()
        await expect(page.get_by_role("heading", name="The machine is in")).to_be_visible()
    said = (await asyncio.wait_for(login.stdout.read(), 30)).decode()
    assert await login.wait() == 0 and "signed in" in said and "admin@localhost" in said
