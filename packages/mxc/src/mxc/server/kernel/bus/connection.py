"""A connection to NATS that signs in with a key, never gives up reconnecting, and logs what it is told."""

import asyncio
import base64
import contextlib
import logging
from collections.abc import Sequence
from typing import Final

from nats.aio.client import Client
from nats.errors import Error

from mxc.server.kernel.bus.authority import Member
from mxc.server.kernel.errors import Unavailable

_log = logging.getLogger(__name__)
CONNECT_S: Final = 5.0
_RETRY_S: Final = 0.25
# Commands and requests wait for their answer, so little is ever pending; this is room for a burst.
_PENDING_BYTES: Final = 16 * 1024 * 1024


async def connect(servers: Sequence[str], member: Member, name: str) -> Client:
    """Connect within 5 s, else raise Unavailable (bus-unreachable or bus-refused)."""
    trouble: list[Exception] = []

    async def told(error: Exception) -> None:
        said = str(error) or type(error).__name__
        is_new = not any(said == (str(one) or type(one).__name__) for one in trouble)
        trouble.append(error)
        del trouble[:-8]
        _log.log(logging.WARNING if is_new else logging.DEBUG, "bus %s: %s", name, said)

    def sign(nonce: str) -> bytes:
        return base64.b64encode(member.key.sign(nonce.encode()))

    client = Client()
    try:
        async with asyncio.timeout(CONNECT_S):
            await client.connect(
                servers=list(servers),
                name=name,
                error_cb=told,
                signature_cb=sign,
                user_jwt_cb=member.jwt.encode,
                max_reconnect_attempts=-1,
                reconnect_time_wait=_RETRY_S,  # type: ignore[arg-type]
                pending_size=_PENDING_BYTES,
            )
    except (TimeoutError, OSError, Error) as error:
        await leave(client)
        raise _unavailable(servers, [error, *trouble]) from error
    return client


async def leave(client: Client) -> None:
    """Close it, whatever state it is in."""
    with contextlib.suppress(TimeoutError, OSError, Error):
        await asyncio.wait_for(client.close(), CONNECT_S)


def _unavailable(servers: Sequence[str], trouble: Sequence[Exception]) -> Unavailable:
    place, error = ", ".join(servers), trouble[-1]
    if any("authorization" in str(one).lower() for one in trouble):
        return Unavailable(
            f"The NATS server at {place} does not know our operator.",
            code="bus-refused",
            hint="Run it with the configuration that `mxc nats config` writes.",
            place=place,
        )
    return Unavailable(
        f"No NATS server answers at {place}: {error or type(error).__name__}.",
        code="bus-unreachable",
        hint="Is it running? Is NATS_URL right?",
        place=place,
    )
