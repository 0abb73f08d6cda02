"""What the one write path costs beside a bare insert, and row-level security beside none: ratios of one run.

Run alone: `python packages/mxc/benchmarks/bench_perform.py [rounds]`. Prints one JSON object. All kinds
of writes take turns, so that what else the machine does is shared fairly among them.
"""

import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.embedded.postgres import Postgres
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store, database_url
from mxc.server.kernel.perform import perform
from mxc.server.kernel.resource import Resource
from mxc.server.kernel.resource.fields import Count, Flag, Instant, Name, TextLabels
from mxc.server.migrations.schema import migrate
from mxc.testing.declared import create_tables
from mxc.testing.law import law

ROUNDS: Final = 300
TENANT: Final = UUID(int=1)
NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACTOR: Final = Actor("user", "ada", "ada", TENANT, role="admin")


class Parcel(Resource):
    """Something to write."""

    __tablename__ = "parcels"

    name: Mapped[Name]
    weight: Mapped[Count] = mapped_column(default=0)
    is_fragile: Mapped[Flag] = mapped_column(default=False)
    sent_at: Mapped[Instant | None]
    labels: Mapped[TextLabels] = mapped_column(default=dict)


TABLE: Final = Parcel.__table__
Doing = Callable[[], Awaitable[Any]]


def values() -> dict[str, Any]:
    """One row."""
    return {
        "tenant_id": TENANT, "id": uuid4(), "created_at": NOW, "updated_at": NOW, "revision": 1, "name": "p",
        "weight": 3, "is_fragile": False, "sent_at": None, "labels": {},
    }  # fmt: skip


async def main(rounds: int) -> dict[str, Any]:
    home = Path(tempfile.mkdtemp(prefix="mxc-bench-"))
    home.chmod(0o755)  # noqa: ASYNC240 (once, before anything runs)
    postgres = Postgres(home / "data")
    try:
        dsn = postgres.start()
        await migrate(dsn)
        create_tables(dsn, Parcel)
        owner = create_async_engine(database_url(dsn))
        store = Store(dsn, judge=law())
        async with owner.begin() as connection:
            await connection.execute(text("create table bare_parcels (like parcels including all)"))
        found = await measured(kinds(owner, store), rounds)
        await owner.dispose()
        await store.close()
        return found
    finally:
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


def kinds(owner: AsyncEngine, store: Store) -> dict[str, Doing]:
    """What is compared; the first of each pair is what the others are measured by."""
    bare = TABLE.to_metadata(type(TABLE.metadata)(), name="bare_parcels")
    known = uuid4()

    async def bare_insert() -> None:
        async with owner.begin() as connection:
            await connection.execute(insert(bare).values(values()))

    async def insert_behind_policies() -> None:
        async with store.session(TENANT) as session:
            await session.execute(insert(TABLE).values(values()))

    async def create() -> None:
        await perform(store, Parcel.create, actor=ACTOR, now=NOW, name="p", weight=3)

    async def bare_read() -> None:
        async with owner.begin() as connection:
            await connection.execute(select(bare).where(bare.c.id == known))

    async def read_behind_policies() -> None:
        async with store.session(TENANT) as session:
            await session.execute(select(TABLE).where(TABLE.c.id == known))

    return {
        "insert, bare": bare_insert, "insert, row-level security": insert_behind_policies,
        "insert, perform": create, "read, bare": bare_read, "read, row-level security": read_behind_policies,
    }  # fmt: skip


async def measured(doings: dict[str, Doing], rounds: int) -> dict[str, Any]:
    """Medians of wall and CPU time of each, and how they compare with the bare one of their sort."""
    wall: dict[str, list[float]] = {name: [] for name in doings}
    cpu: dict[str, list[float]] = {name: [] for name in doings}
    for number in range(rounds + 20):
        for name, doing in doings.items():
            began, spent = time.perf_counter(), time.process_time()
            await doing()
            if number >= 20:
                wall[name].append(time.perf_counter() - began)
                cpu[name].append(time.process_time() - spent)
    found: dict[str, Any] = {}
    for name in doings:
        base = f"{name.split(',')[0]}, bare"
        found[name] = {
            "ms": round(median(wall[name]) * 1000, 2),
            "cpu_ms": round(median(cpu[name]) * 1000, 2),
            "times bare": round(median(wall[name]) / median(wall[base]), 2),
        }
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)), indent=2))
