"""Bring a database up to date, at the price of one query when it already is."""

import asyncio
from importlib import import_module
from pathlib import Path
from typing import Final

import psycopg

REVISIONS: Final = Path(__file__).parent / "revisions"
ALEMBIC: Final = "mxc.server.migrations.alembic_run"


async def migrate(dsn: str) -> bool:
    """Applies the revisions that are missing; True when there were any. Safe to run twice at once."""
    return await asyncio.to_thread(migrate_now, dsn)


def migrate_now(dsn: str) -> bool:
    """`migrate` for code without an event loop."""
    if current(dsn) == head():
        return False
    import_module(ALEMBIC).upgrade(dsn)
    return True


def head() -> str:
    """The number of the newest revision file."""
    return max(path.name[1:].split("_")[0] for path in REVISIONS.glob("r[0-9]*_*.py"))


def current(dsn: str) -> str | None:
    """The revision a database is at; None when it has none of our schema."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        found = connection.execute("select to_regclass('alembic_version')").fetchone()
        if found is None or found[0] is None:
            return None
        row = connection.execute("select version_num from alembic_version").fetchone()
        return None if row is None else str(row[0])
