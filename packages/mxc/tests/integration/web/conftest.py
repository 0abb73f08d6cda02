"""The real application without an agent, a browser that notices every fault, and rows to look at."""

import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from mxc.server.domains.identity.membership import Membership, Role
from mxc.server.domains.identity.user import User
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Conflict
from mxc.server.kernel.perform import perform
from mxc.server.kernel.resource import catalogue
from mxc.testing.mailbox import Mailbox, mailbox_beside
from mxc.testing.postgres import create_database, with_database
from mxc.testing.system import System

CHROMIUM = "/usr/bin/chromium"
ADMIN = "admin@localhost"
# Nobody sends heartbeats for these nodes, and a browser on a busy machine takes its time.
PATIENT = {"MXC_NODE_SUSPECT_S": "3600", "MXC_NODE_UNAVAILABLE_S": "3600"}


@dataclass(frozen=True, slots=True)
class Site:
    """The running application: where it is, its database, and the first administrator's password."""

    url: str
    dsn: str
    password: str
    mailbox: Mailbox


@pytest.fixture(scope="session")
def site(postgres: str, template: str) -> Iterator[Site]:
    """One coordinator for all page tests, on a database of its own."""
    name = f"web_{uuid4().hex}"
    create_database(postgres, name, template)
    dsn = with_database(postgres, name)
    with tempfile.TemporaryDirectory(prefix="mxc-web-") as folder, mailbox_beside() as mailbox:
        Path(folder).chmod(0o711)
        settings = {"DATABASE_URL": dsn, "MXC_DEVELOPMENT": "true", "MXC_SMTP_URL": mailbox.url, **PATIENT,
                    "MXC_PROVIDERS_INSIDE": "true"}  # fmt: skip
        system = System(Path(folder) / "home", "coordinator", **settings)
        try:
            system.start()
            told = system.wait_for_line(f"sign in as {ADMIN} with the password ")
            yield Site(system.url, dsn, told.split()[0], mailbox)
        finally:
            system.stop()


@dataclass(slots=True)
class Faults:
    """What a page must never do; `also` is another origin that this visit may go to."""

    also: str = "nowhere:"
    found: list[str] = field(default_factory=list)

    def watch(self, page: Page, origin: str) -> None:
        """Notes script errors, refused content and requests that leave the origin."""
        page.on("pageerror", lambda error: self.found.append(f"script error: {error}"))
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("request", lambda request: self._request(request.url, origin))

    def _console(self, kind: str, words: str) -> None:
        if kind == "error" and not re.search("status of 4[0-9][0-9]|ERR_CONNECTION", words):
            self.found.append(words)

    def _request(self, url: str, origin: str) -> None:
        host = origin.split("//")[1]
        if not url.startswith(("data:", "blob:", f"http://{host}/", f"ws://{host}/", self.also)):
            self.found.append(f"request to {url}")


@dataclass(slots=True)
class Visitor:
    """Somebody with a browser."""

    site: Site
    browser: Browser
    faults: Faults

    @asynccontextmanager
    async def at(self, path: str, *, cookies: list[Any] | None = None, **options: Any) -> AsyncIterator[Page]:
        """A page in a window of its own; `options` as `browser.new_context` takes them."""
        context = await self.browser.new_context(**options)
        await context.add_cookies(cookies or [])
        page = await context.new_page()
        self.faults.watch(page, self.site.url)
        await page.goto(self.site.url + path)
        yield page
        await context.close()

    async def sign_in(self, email: str, password: str) -> list[Any]:
        """The cookies of somebody signed in through the form."""
        context: BrowserContext = await self.browser.new_context()
        page = await context.new_page()
        await page.goto(f"{self.site.url}/login")
        await page.get_by_label("E-mail").fill(email)
        await page.get_by_label("Password").fill(password)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url(f"{self.site.url}/")
        cookies = await context.cookies()
        await context.close()
        return list(cookies)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for all; every visit has a window and cookies of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(site: Site, browser: Browser) -> AsyncIterator[Visitor]:
    """A visitor who is nobody yet; the test fails when any page it saw did what pages must not."""
    faults = Faults()
    yield Visitor(site, browser, faults)
    assert not faults.found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def admin(site: Site, browser: Browser) -> list[Any]:
    """The administrator's cookies."""
    return await Visitor(site, browser, Faults()).sign_in(ADMIN, site.password)


@dataclass(slots=True)
class Desk:
    """The administrator's browser, kept open: what it has read of the application it need not read again."""

    context: BrowserContext
    site: Site
    faults: Faults

    @asynccontextmanager
    async def at(self, path: str) -> AsyncIterator[Page]:
        """A page in a tab of its own."""
        page = await self.context.new_page()
        self.faults.watch(page, self.site.url)
        await page.goto(self.site.url + path)
        yield page
        await page.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def open_browser(site: Site, browser: Browser, admin: list[Any]) -> AsyncIterator[BrowserContext]:
    """The administrator's, for all tests that need no window of their own."""
    context = await browser.new_context()
    await context.add_cookies(admin)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(site: Site, open_browser: BrowserContext) -> AsyncIterator[Desk]:
    """The administrator; the test fails when any page they saw did what pages must not."""
    faults = Faults()
    yield Desk(open_browser, site, faults)
    assert not faults.found


@dataclass(frozen=True, slots=True)
class Rows:
    """Writes what agents and people would write."""

    store: Store

    async def do(self, action: Any, row_id: UUID | None = None, **values: Any) -> Any:
        """One action of the system."""
        actor = Actor.system(DEFAULT_TENANT)
        return await perform(self.store, action, row_id, actor=actor, now=datetime.now(UTC), **values)

    async def node(
        self, hostname: str, cpu: float = 4.0, memory: int = 4096, key: UUID | None = None, **values: Any
    ) -> Node:
        """A node that was just heard from."""
        joined: dict[str, Any] = {"liveness": "available", "last_heartbeat_at": datetime.now(UTC)}
        made: Node = await self.do(
            Node.create, key, hostname=hostname, cpu_total=cpu, memory_total=memory, **joined, **values
        )
        return made

    async def workload(self, command: str, **values: Any) -> Workload:
        """A workload that waits."""
        made: Workload = await self.do(Workload.create, command=command, **values)
        return made

    async def running(self, command: str, node: Node) -> Workload:
        """A workload that runs on a node, and may run nowhere else."""
        needs: dict[str, Any] = {"memory_required": 16, "cpu_required": 0.1}
        return await self.run(await self.workload(command, constraints={"node": str(node.id)}, **needs), node)

    async def run(self, workload: Workload, node: Node) -> Workload:
        """Has it placed, unless the rules were faster, and started."""
        with suppress(Conflict):
            await self.do(Workload.place, workload.id, node_id=node.id, deadline_s=60.0)
        running: Workload = await self.do(Workload.run, workload.id)
        return running

    async def user(self, email: str, role: Role, password_hash: str) -> None:
        """Somebody who may sign in."""
        user = await self.do(User.create, email=email, password_hash=password_hash)
        await self.do(Membership.create, user_id=user.id, email=email, role=role)


@pytest_asyncio.fixture(loop_scope="session")
async def rows(site: Site) -> AsyncIterator[Rows]:
    """Rows of the application's database."""
    catalogue()
    store = Store(site.dsn)
    yield Rows(store)
    await store.close()
