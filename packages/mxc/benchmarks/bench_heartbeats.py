"""Heartbeats: how many one core sustains from NATS through PostgreSQL to the engine, and what each costs.

Run alone: `python packages/mxc/benchmarks/bench_heartbeats.py [nodes]`. Prints one JSON object.
"""

import asyncio
import base64
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import UUID, uuid4

from nats.aio.client import Client

from mxc.plugins import load
from mxc.protocol import Heartbeat, encode, inbox, up
from mxc.protocol.nkeys import Kind
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT, Tenant
from mxc.server.domains.workloads.defaults import RULE_SETTINGS
from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.workload import Workload
from mxc.server.embedded.nats import Nats
from mxc.server.embedded.postgres import Postgres
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.bus import Authority, Bus
from mxc.server.kernel.bus.keys import new_key
from mxc.server.kernel.changes.doorbell import Doorbell
from mxc.server.kernel.facts.clock import Clock
from mxc.server.kernel.facts.directory import Directory
from mxc.server.kernel.facts.engines import Engines
from mxc.server.kernel.facts.feed import Feed
from mxc.server.kernel.facts.keeper import Keeper
from mxc.server.kernel.facts.rulebook import base_programs
from mxc.server.kernel.facts.tenant import TenantFacts
from mxc.server.kernel.lease import Lease
from mxc.server.kernel.perform import perform, unit
from mxc.server.kernel.reactor import Hands, Post, Reactor, inboxes_in, reactions_in
from mxc.server.kernel.resource import catalogue
from mxc.server.migrations.schema import migrate

NODES: Final = 1_000
PENDING: Final = 10
SECONDS: Final = 5.0
SAMPLES: Final = 2_000
AGENTS: Final = 100
BEAT: Final = encode(Heartbeat(cpu_used=0.0, memory_used=0, workloads=0))
SYSTEM: Final = Actor.system(DEFAULT_TENANT, "bench")


async def main(nodes: int) -> dict[str, Any]:
    home = Path(tempfile.mkdtemp(prefix="mxc-bench-"))
    home.chmod(0o755)  # noqa: ASYNC240 (once, before anything runs)
    postgres, nats = Postgres(home / "data"), Nats(home / "nats")
    try:
        dsn = postgres.start()
        await migrate(dsn)
        url = nats.start(int(time.time()))
        async with running(dsn, url, home, nodes) as (facts, post, bus, clock, ids):
            engine = engine_cost(facts, ids)
            return {"nodes": nodes, **engine, **await end_to_end(facts, post, bus, clock, url, ids)}
    finally:
        nats.stop()
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


@asynccontextmanager
async def running(
    dsn: str, url: str, home: Path, nodes: int
) -> AsyncIterator[tuple[TenantFacts, Post, Bus, Clock, list[UUID]]]:
    """The coordinator's loop as main composes it, without surfaces."""
    store, clock, specs, settings = Store(dsn), Clock(), catalogue(), dict(RULE_SETTINGS)
    ids = await fill(store, clock, nodes)
    lease = Lease(store, "bench")
    await lease.acquire()
    bus = await Bus.connect(url, Authority.open(home / "nats" / "keys"), clock.unix)
    modules = load("mxc.server.domains")
    engines = Engines(store, clock, Feed(), specs, base_programs(specs), settings)
    directory, reactors = Directory(store, specs), []
    async with Doorbell(dsn) as bell:
        keeper = Keeper(store, engines, directory, bell, lease)
        hands = Hands(store, clock, lease, keeper.want)
        engines.on_loaded.append(lambda facts: reactors.append(Reactor(facts, reactions_in(modules), hands)))
        await keeper.load()
        post = Post(bus, inboxes_in(modules), directory, hands, settings)
        await post.open()
        work = (lease.keep(), keeper.run(), *(reactor.run() for reactor in reactors))
        tasks = [asyncio.create_task(each) for each in work]
        yield engines[DEFAULT_TENANT], post, bus, clock, ids
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await bus.close()
    await store.close()


async def fill(store: Store, clock: Clock, nodes: int) -> list[UUID]:
    """A tenant with nodes, and workloads that fit nowhere."""
    now, ids = clock.now(), [uuid4() for _ in range(nodes)]
    await perform(store, Tenant.create, DEFAULT_TENANT, actor=SYSTEM, now=now, name="Bench", slug="bench")
    async with unit(store, SYSTEM, now=now) as work:
        for number, row_id in enumerate(ids):
            await work.perform(
                Node.create, row_id, hostname=f"host-{number}", cpu_total=8.0, memory_total=16_384,
                liveness="available", last_heartbeat_at=now, capabilities={"zone": f"z{number % 3}"},
            )  # fmt: skip
        for _ in range(PENDING):
            await work.perform(Workload.create, command="true", memory_required=999_999)
    return ids


def engine_cost(facts: TenantFacts, ids: list[UUID]) -> dict[str, float]:
    """Microseconds the engine takes to apply one heartbeat that changes no conclusion, and one tick."""
    beats, ticks, now = [], [], time.time()
    for number in range(SAMPLES):
        key = ("nodes", ids[number % len(ids)])
        held = facts.held()[key]
        kept = frozenset(fact for fact in held if fact[0] != "node_heartbeat")
        after = kept | {("node_heartbeat", (str(key[1]), now + number / SAMPLES))}
        started = time.perf_counter()
        facts.apply({key: after})
        beats.append(time.perf_counter() - started)
        started = time.perf_counter()
        facts.tick()
        ticks.append(time.perf_counter() - started)
    return {
        "engine per heartbeat, µs": round(median(beats) * 1e6, 1),
        "engine per tick, µs": round(median(ticks) * 1e6, 1),
    }


async def end_to_end(
    facts: TenantFacts, post: Post, bus: Bus, clock: Clock, url: str, ids: list[UUID]
) -> dict[str, Any]:
    """Agents beat as fast as the engine is seen to follow; everything shares this process and its core."""
    clients = [(each, await connect(bus, url, each)) for each in ids[:AGENTS]]
    counted, started, used = post.counters["heartbeat"], time.perf_counter(), cpu_s()
    heard = counted.messages
    sent = await beat_for(clients, SECONDS)
    last = clock.unix()
    for each, client in clients:
        await client.publish(up("bench", each, "heartbeat"), BEAT)
    async with asyncio.timeout(60):
        while min(heard_at(facts, each) for each, _ in clients) < last:  # noqa: ASYNC110 (no event to wait for)
            await asyncio.sleep(0.005)
    elapsed = time.perf_counter() - started
    messages = counted.messages - heard
    for _, client in clients:
        await client.close()
    return {
        "heartbeats/s, NATS to engine": round(messages / elapsed),
        "sent": sent + len(clients),
        "agents": len(clients),
        "batches written": counted.batches,
        "lost": counted.failed,
        "process CPU, s per 1000 heartbeats (senders included)": round((cpu_s() - used) / messages * 1000, 3),
    }


def heard_at(facts: TenantFacts, node: UUID) -> float:
    """When the engine believes the node was heard last, unix seconds."""
    [(_, at)] = facts.query("node_heartbeat", str(node), ...)
    return float(at)


async def beat_for(clients: list[tuple[UUID, Client]], seconds: float) -> int:
    """Every agent beats in turn, as fast as the server takes it; returns how many were sent."""
    deadline, rounds = time.perf_counter() + seconds, 0
    while time.perf_counter() < deadline:
        rounds += 1
        for each, client in clients:
            await client.publish(up("bench", each, "heartbeat"), BEAT)
        if rounds % 8 == 0:
            # One round trip for all that was said: nobody runs further ahead of the server.
            await asyncio.gather(*(client.flush() for _, client in clients))
    return rounds * len(clients)


async def connect(bus: Bus, url: str, agent: UUID) -> Client:
    key, client = new_key(Kind.USER), Client()
    jwt = await bus.admit("bench", agent, key.public)
    await client.connect(
        servers=[url],
        signature_cb=lambda nonce: base64.b64encode(key.sign(nonce.encode())),
        user_jwt_cb=jwt.encode,
        inbox_prefix=inbox(agent),
    )
    return client


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        figures = asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else NODES))
        print(json.dumps(figures, indent=2, ensure_ascii=False))
