"""Lists through JSON:API: 50 of 100 000 rows like devices, over a real server, database and token.

Run alone: `python packages/mxc/benchmarks/bench_list.py [rows] [requests]`. Prints one JSON object. The
client is a process of its own; what the server takes is CPU time, so that it means
something on a busy machine.
"""

import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Mapped, mapped_column
from starlette.applications import Starlette
from starlette.routing import Mount

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.issue import ensure_tenant, new_token, new_user
from mxc.server.domains.identity.membership import Role
from mxc.server.domains.identity.sign_in import Doorkeeper
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.domains.workloads.defaults import RULE_SETTINGS
from mxc.server.embedded.nats import Nats
from mxc.server.embedded.postgres import Postgres
from mxc.server.hosting.core import Core
from mxc.server.hosting.exposure import Exposure
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store, database_url
from mxc.server.kernel.bus import Authority, Bus
from mxc.server.kernel.changes.doorbell import Doorbell
from mxc.server.kernel.facts.clock import Clock
from mxc.server.kernel.facts.directory import Directory
from mxc.server.kernel.facts.engines import Engines
from mxc.server.kernel.facts.feed import Feed
from mxc.server.kernel.facts.keeper import Keeper
from mxc.server.kernel.facts.rulebook import base_programs
from mxc.server.kernel.lease import Lease
from mxc.server.kernel.resource import Resource, catalogue, index
from mxc.server.kernel.resource.fields import Count, Flag, Instant, IpAddress, Mac, Name, Tags, TextLabels
from mxc.server.migrations.schema import migrate
from mxc.server.surfaces.jsonapi import app as jsonapi
from mxc.testing.declared import create_tables
from mxc.testing.law import law
from mxc.testing.served import PASSWORD, SECRET, listening

ROWS: Final = 100_000
REQUESTS: Final = 400
AT_ONCE: Final = 8
SYSTEM: Final = Actor.system(DEFAULT_TENANT, "bench")
QUERIES: Final = {
    "first page": "/api/v2/devices?page[limit]=50",
    "filtered and sorted": "/api/v2/devices?page[limit]=50&filter[is_available]=true&sort=-last_seen_at",
    "by label": "/api/v2/devices?page[limit]=50&filter[labels]=env=e7",
    "three fields": "/api/v2/devices?page[limit]=50&fields[devices]=name,ip,is_available",
}


class Device(Resource):
    """What an inventory knows of a machine."""

    __tablename__ = "devices"

    name: Mapped[Name]
    hostname: Mapped[Name]
    ip: Mapped[IpAddress]
    mac: Mapped[Mac]
    vendor_name: Mapped[Name]
    model: Mapped[Name]
    zone: Mapped[Name | None]
    type_id: Mapped[Count] = mapped_column(default=0)
    risk_score: Mapped[Count] = mapped_column(default=0)
    is_managed: Mapped[Flag] = mapped_column(default=False)
    is_available: Mapped[Flag] = mapped_column(default=False)
    first_seen_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    labels: Mapped[TextLabels] = mapped_column(default=dict)
    groups: Mapped[Tags] = mapped_column(default=list)

    indexes = (index("created_at", "id"), index("last_seen_at", "id"))


FILL: Final = """
    insert into devices (
        tenant_id, id, created_at, updated_at, revision, name, hostname, ip, mac, vendor_name, model, zone,
        type_id, risk_score, is_managed, is_available, first_seen_at, last_seen_at, labels, groups
    )
    select :tenant, gen_random_uuid(), now() - n * interval '1 second', now(), 1, 'device ' || n,
        'host-' || n || '.example.net', ('10.' || n / 65536 || '.' || n / 256 % 256 || '.' || n % 256)::inet,
        ('02:00:00:' || to_hex(n / 65536) || ':' || to_hex(n / 256 % 256) || ':' || to_hex(n % 256))::macaddr,
        'vendor ' || n % 40, 'model ' || n % 400, null, n % 16, n % 100, n % 2 = 0, n % 3 > 0,
        now() - interval '90 days', now() - n % 5000 * interval '1 second',
        jsonb_build_object('env', 'e' || n % 50, 'site', 's' || n % 200), '["all"]'::jsonb
    from generate_series(1, :rows) n
"""


async def main(rows: int, requests: int) -> dict[str, Any]:
    async with running(rows) as (url, token):
        found: dict[str, Any] = {"rows": rows, "requests": requests}
        for name, path in QUERIES.items():
            await asked(url, token, path, 50)
            spent = time.process_time()
            measured = await asked(url, token, path, requests)
            cpu_ms = (time.process_time() - spent) / requests * 1000
            found[name] = {**measured, "server_cpu_ms": round(cpu_ms, 2)}
        return found


async def asked(url: str, token: str, path: str, requests: int) -> dict[str, Any]:
    """What a client process measures."""
    arguments = (sys.executable, __file__, "client", url, path, str(requests))
    process = await asyncio.create_subprocess_exec(
        *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate(token.encode())
    measured: dict[str, Any] = json.loads(out)
    return measured


async def client(url: str, path: str, requests: int, token: str) -> dict[str, Any]:
    """Asks with several connections at once; each waits for its answer before it asks again."""
    times: list[float] = []
    began = time.perf_counter()
    each = requests // AT_ONCE
    await asyncio.gather(*(_connection(url, path, token, each, times) for _ in range(AT_ONCE)))
    took = time.perf_counter() - began
    cuts = quantiles(times, n=100)
    return {
        "per_second": round(len(times) / took),
        "p50_ms": round(median(times) * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
    }


async def _connection(url: str, path: str, token: str, requests: int, times: list[float]) -> None:
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    head = f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    for _ in range(requests):
        began = time.perf_counter()
        writer.write(head)
        answered = await reader.readuntil(b"\r\n\r\n")
        if not answered.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answered.decode())
        length = next(line for line in answered.split(b"\r\n") if line.lower().startswith(b"content-length"))
        await reader.readexactly(int(length.split(b":")[1]))
        times.append(time.perf_counter() - began)
    writer.close()


@asynccontextmanager
async def running(rows: int) -> AsyncIterator[tuple[str, str]]:
    """The address of a server, and a token of an administrator."""
    home = Path(tempfile.mkdtemp(prefix="mxc-bench-"))
    home.chmod(0o755)  # noqa: ASYNC240 (once, before anything runs)
    postgres, nats = Postgres(home / "data"), Nats(home / "nats")
    try:
        dsn = postgres.start()
        await migrate(dsn)
        create_tables(dsn, Device)
        fill(dsn, rows)
        url = nats.start(int(time.time()))
        async with composed(dsn, url, home) as core:
            core.store.judge = law()
            admin = await new_user(core, SYSTEM, "admin@example.org", PASSWORD, Role.ADMIN)
            token = (await new_token(core, DEFAULT_TENANT, admin.user_id, "bench", Scope.ADMIN)).text
            mounted = jsonapi.create_app(core, [Exposure(Device)])
            async with listening(Starlette(routes=[Mount(jsonapi.BASE, mounted)])) as served:
                yield served, token
    finally:
        nats.stop()
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


def fill(dsn: str, rows: int) -> None:
    """Rows of two tenants, half of them each, so that row-level security has something to leave out."""
    engine = create_engine(database_url(dsn))
    with engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        for tenant in (DEFAULT_TENANT, UUID(int=2)):
            connection.execute(text(FILL), {"tenant": tenant, "rows": rows})
        connection.execute(text("analyze devices"))
    engine.dispose()


@asynccontextmanager
async def composed(dsn: str, url: str, home: Path) -> AsyncIterator[Core]:
    """A leading core without a reactor."""
    clock, feed, specs = Clock(), Feed(), catalogue()
    store = Store(dsn, judge=law())
    bus = await Bus.connect(url, Authority.open(home / "nats" / "keys"), clock.unix)
    engines = Engines(store, clock, feed, specs, base_programs(specs), RULE_SETTINGS)
    lease = Lease(store, "bench")
    await lease.acquire()
    async with Doorbell(dsn) as bell:
        keeper = Keeper(store, engines, Directory(store, specs), bell, lease)
        await keeper.load()
        tasks = [asyncio.create_task(keeper.run()), asyncio.create_task(lease.keep())]
        core = Core(store, clock, lease, engines, feed, bus, Doorkeeper(SECRET))
        await ensure_tenant(core)
        yield core
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await bus.close()
    await store.close()


if __name__ == "__main__":
    import uvloop

    given = sys.argv[1:]
    if given[:1] == ["client"]:
        print(json.dumps(asyncio.run(client(given[1], given[2], int(given[3]), sys.stdin.read()))))
    else:
        numbers = [int(each) for each in given] + [ROWS, REQUESTS][len(given) :]
        print(json.dumps(uvloop.run(main(numbers[0], numbers[1])), indent=2))
