"""An agent's user on the bus, and nothing else of an agent."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from nats.aio.client import Client
from nats.errors import Error

from mxc.protocol import inbox
from mxc.protocol.nkeys import Kind
from mxc.server.kernel.bus import Bus
from mxc.server.kernel.bus.keys import KeyPair, new_key

SECOND_S = 1.0


class Visitor:
    """An agent's user, with what the server told it."""

    def __init__(self, client: Client, agent: UUID, tenant: str, errors: asyncio.Queue[str]) -> None:
        self.client = client
        self.agent = agent
        self.tenant = tenant
        self.errors = errors

    async def is_refused(self) -> bool:
        """After a round trip, has the server objected to anything?"""
        await self.client.flush()
        try:
            await asyncio.wait_for(self.errors.get(), SECOND_S)
        except TimeoutError:
            return False
        return True


@asynccontextmanager
async def visit(bus: Bus, url: str, tenant: str, agent: UUID | None = None) -> AsyncIterator[Visitor]:
    agent = agent or uuid4()
    key = new_key(Kind.USER)
    visitor = await enter(url, key, await bus.admit(tenant, agent, key.public), tenant, agent)
    try:
        yield visitor
    finally:
        await visitor.client.close()


async def enter(url: str, key: KeyPair, jwt: str, tenant: str, agent: UUID) -> Visitor:
    errors: asyncio.Queue[str] = asyncio.Queue()

    async def told(error: Exception) -> None:
        errors.put_nowait(str(error))

    client = Client()
    try:
        await client.connect(
            servers=[url],
            signature_cb=lambda nonce: base64.b64encode(key.sign(nonce.encode())),
            user_jwt_cb=jwt.encode,
            inbox_prefix=inbox(agent),
            error_cb=told,
            allow_reconnect=False,
            connect_timeout=2,
        )
    except Error:
        await client.close()
        raise
    return Visitor(client, agent, tenant, errors)
