"""pytest fixtures: the whole API over HTTP, on a real database and bus, with its facts kept current."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.issue import ensure_tenant, new_token, new_user
from mxc.server.domains.identity.membership import Role
from mxc.server.domains.identity.sign_in import Doorkeeper
from mxc.server.domains.rulebooks.operator_rule import operator_rules
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.domains.workloads.defaults import RULE_SETTINGS
from mxc.server.domains.workloads.node import Node
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.bus import Bus
from mxc.server.kernel.changes.doorbell import Doorbell
from mxc.server.kernel.facts.clock import Clock
from mxc.server.kernel.facts.directory import Directory
from mxc.server.kernel.facts.engines import Engines
from mxc.server.kernel.facts.feed import Feed
from mxc.server.kernel.facts.judging import Bench
from mxc.server.kernel.facts.keeper import Keeper
from mxc.server.kernel.facts.rulebook import base_programs
from mxc.server.kernel.lease import Lease
from mxc.server.kernel.resource import catalogue
from mxc.server.surfaces.app import create_app

SECRET = "a secret for tests, long enough to sign with"  # noqa: S105 (it guards nothing)
PASSWORD = "correct horse battery"  # noqa: S105 (it guards nothing)
SYSTEM = Actor.system(DEFAULT_TENANT)


@pytest.fixture
async def core(store: Store, dsn: str, bus: Bus) -> AsyncIterator[Core]:
    """A leading core: what is written becomes facts at once; no reactor acts on them."""
    clock, feed, specs = Clock(), Feed(), catalogue()
    # Nobody sends heartbeats for the nodes of these tests.
    settings = {**RULE_SETTINGS, "node_suspect_s": 3600, "node_lease_s": 3600}
    engines = Engines(store, clock, feed, specs, base_programs(specs), settings, operator_rules())
    store.judge = Bench(engines.__getitem__)
    lease = Lease(store, "test")
    await lease.acquire()
    async with Doorbell(dsn) as bell:
        keeper = Keeper(store, engines, Directory(store, specs), bell, lease)
        await keeper.load()
        keeping = asyncio.create_task(keeper.run())
        renewing = asyncio.create_task(lease.keep())
        made = Core(store, clock, lease, engines, feed, bus, Doorkeeper(SECRET))
        await ensure_tenant(made)
        yield made
        for task in (keeping, renewing):
            task.cancel()
        await asyncio.gather(keeping, renewing, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Served:
    """A running API: its address, its core, and a client that is an administrator."""

    url: str
    core: Core
    token: str
    http: httpx.AsyncClient

    async def get(self, path: str, **query: Any) -> Any:
        """The data of a successful answer."""
        return await self.call("GET", path, params=query)

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """The data of a successful answer."""
        answer = await self.http.request(method, path, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()["data"]

    async def add_node(self, hostname: str = "one") -> str:
        """A healthy node of 4 cores and 24 GB that nobody is behind; returns its id."""
        node = await self.core.perform(
            SYSTEM, Node.create, hostname=hostname, cpu_total=4.0, memory_total=24 * 1024,
            liveness="available", last_heartbeat_at=self.core.clock.now(),
        )  # fmt: skip
        facts = self.core.facts(SYSTEM)
        await until(lambda: facts.query("node_healthy", str(node.id)))
        return str(node.id)

    async def token_of(self, role: str, scope: Scope = Scope.ADMIN) -> dict[str, str]:
        """Headers of another user of that role, with a token of that scope."""
        user = await new_user(self.core, SYSTEM, f"{role}-{scope}@example.org", PASSWORD, role)
        issued = await new_token(self.core, DEFAULT_TENANT, user.user_id, "test", scope)
        return {"Authorization": f"Bearer {issued.text}"}


@pytest.fixture
async def served(core: Core) -> AsyncIterator[Served]:
    """The API without pages, over HTTP."""
    admin = await new_user(core, SYSTEM, "admin@example.org", PASSWORD, Role.ADMIN)
    token = (await new_token(core, DEFAULT_TENANT, admin.user_id, "test", Scope.ADMIN)).text
    async with listening(create_app(core, secret=SECRET, has_pages=False)) as url:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=f"{url}/api", headers=headers, timeout=20) as http:
            yield Served(url, core, token, http)
        core.feed.close()


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """The address of an application served on a free port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([listener]))
    await until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


async def until(holds: Callable[[], Any], within_s: float = 10.0) -> None:
    """Returns as soon as `holds()` is true. Raises TimeoutError when it never is."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 (any condition, not an event)
            await asyncio.sleep(0.01)
