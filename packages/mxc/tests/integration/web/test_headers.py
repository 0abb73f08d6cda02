"""What pages and their files tell browsers; every other test here shows that they work under it."""

import re
from typing import Any

import httpx
import pytest

from mxc.server.surfaces.headers import ALWAYS

from .conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_pages_and_files_are_safe(site: Site, admin: list[Any]) -> None:
    cookies = {each["name"]: each["value"] for each in admin}
    async with httpx.AsyncClient(base_url=site.url, cookies=cookies) as http:
        overview = await http.get("/")
        files = re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css))"', overview.text)
        assert {each.split("/")[1] for each in files} == {"_nicegui", "design"}
        for path in ("/", "/nope", "/tokens", "/login/link", "/favicon.ico", *files):
            answer = await http.get(path)
            told = answer.headers
            assert {name.decode() for name, _ in ALWAYS} <= told.keys(), path
            if told["content-type"].startswith("text/html"):
                assert told["cache-control"] == "no-store", path
            elif path in files:
                assert told["cache-control"].startswith("public"), path
            assert "frame-ancestors 'none'" in told["content-security-policy"]


async def test_no_script_of_a_page_runs_without_the_word_of_its_answer(site: Site, admin: list[Any]) -> None:
    cookies = {each["name"]: each["value"] for each in admin}
    async with httpx.AsyncClient(base_url=site.url, cookies=cookies) as http:
        words = set()
        for path in ("/", "/", "/login/link"):
            answer = await http.get(path)
            [word] = set(re.findall("'nonce-([^']+)'", answer.headers["content-security-policy"]))
            assert "script-src 'self' 'nonce-" in answer.headers["content-security-policy"]
            scripts = re.findall("<script[^>]*>", answer.text)
            assert scripts and all(f'nonce="{word}"' in each for each in scripts)
            words.add(word)
        assert len(words) == 3, "each answer has a word of its own"
