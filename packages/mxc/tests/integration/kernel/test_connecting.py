"""A connection that is given up while it is made leaves nothing on the server."""

import asyncio

import psycopg

from mxc.server.kernel.access.connecting import connect

ATTEMPTS = 40
STEP_S = 0.0005


async def test_a_cancelled_handshake_leaves_no_half_open_connection(dsn: str) -> None:
    kept = []
    for attempt in range(ATTEMPTS):
        opening = asyncio.create_task(connect(dsn, application_name="given_up", connect_timeout=10))
        # Another moment of the handshake each time.
        await asyncio.sleep(attempt * STEP_S)
        opening.cancel()
        try:
            await (await opening).close()
        except asyncio.CancelledError as error:
            kept.append(error)  # its traceback keeps alive whatever the handshake held
    assert kept, "no attempt was cancelled in time"
    async with await connect(dsn, autocommit=True) as connection:
        await _until_alone(connection)


async def _until_alone(connection: psycopg.AsyncConnection) -> None:
    """A closed connection's server process is gone a moment later; one that waits for us never is."""
    query = """select count(*) from pg_stat_activity
               where backend_type = 'client backend' and pid <> pg_backend_pid()
               and (application_name = 'given_up' or state is null)"""
    async with asyncio.timeout(4):
        while True:
            row = await (await connection.execute(query)).fetchone()
            if row == (0,):
                return
            await asyncio.sleep(0.02)
