"""An agent whose node was deleted is off the bus at once, and its credentials stay worthless."""

import asyncio
import time
from pathlib import Path
from uuid import uuid4

import pytest
from nats.errors import Error
from packages.mxc.tests.integration.bus.visitor import enter, visit

from mxc.protocol import COMMANDS
from mxc.protocol.nkeys import Kind
from mxc.server.kernel.bus import Authority, Bus
from mxc.server.kernel.bus.keys import new_key
from mxc.testing.nats import NatsServer

PATIENCE_S = 10.0


async def test_an_expelled_agent_is_cut_off_and_stays_out(bus: Bus, nats_server: NatsServer) -> None:
    agent, key = uuid4(), new_key(Kind.USER)
    jwt = await bus.admit("expelling", agent, key.public)
    cut = await enter(nats_server.url, key, jwt, "expelling", agent)
    async with visit(bus, nats_server.url, "expelling") as stays:
        await bus.expel("expelling", agent)
        async with asyncio.timeout(PATIENCE_S):
            while not cut.client.is_closed:  # noqa: ASYNC110 (the client tells nobody)
                await asyncio.sleep(0.01)
        with pytest.raises(Error, match=r"(?i)authorization|revoked|closed"):
            await enter(nats_server.url, key, jwt, "expelling", agent)
        await stays.client.flush()
        own = await stays.client.jetstream().consumer_info(COMMANDS, str(stays.agent))
        assert own.name == str(stays.agent)
    await bus.expel("expelling", agent)


async def test_every_key_an_agent_ever_had_is_void(bus: Bus, nats_server: NatsServer) -> None:
    agent, keys = uuid4(), [new_key(Kind.USER) for _ in range(2)]
    jwts = [await bus.admit("expelling", agent, key.public) for key in keys]
    await bus.expel("expelling", agent)
    for key, jwt in zip(keys, jwts, strict=True):
        with pytest.raises(Error):
            await enter(nats_server.url, key, jwt, "expelling", agent)


async def test_a_restarted_server_and_a_coordinator_with_copied_keys_know_it(
    own_nats_server: NatsServer, tmp_path: Path
) -> None:
    authority = own_nats_server.authority
    first = await Bus.connect(own_nats_server.url, authority, time.time)
    agent, key = uuid4(), new_key(Kind.USER)
    jwt = await first.admit("expelling", agent, key.public)
    copy = tmp_path / "copied"
    copy.mkdir(mode=0o700)
    for seed in authority.directory.glob("*.seed"):
        (copy / seed.name).write_bytes(seed.read_bytes())
    await first.expel("expelling", agent)
    await first.close()
    own_nats_server.restart()
    second = await Bus.connect(own_nats_server.url, Authority.open(copy), time.time)
    await second.provision("expelling")
    with pytest.raises(Error):
        await enter(own_nats_server.url, key, jwt, "expelling", agent)
    await second.close()
