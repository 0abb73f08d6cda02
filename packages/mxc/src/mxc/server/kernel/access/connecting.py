"""Opening a connection of our own to PostgreSQL: whole, or not at all."""

import asyncio
from contextlib import suppress
from typing import Any

import psycopg


async def connect(dsn: str = "", **options: Any) -> psycopg.AsyncConnection[Any]:
    """As psycopg connects, but a cancellation cannot leave a half-open connection behind.

    Cancelled in the middle of the handshake, psycopg's connection lives on for as long as the traceback
    does; its server process then waits for a password that never comes, and nothing can be dropped or shut
    down meanwhile. So the handshake, bounded by `connect_timeout`, is let end, and the connection closed.
    """
    opening = asyncio.ensure_future(psycopg.AsyncConnection.connect(dsn, **options))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        with suppress(psycopg.Error, OSError):
            await (await opening).close()
        raise
