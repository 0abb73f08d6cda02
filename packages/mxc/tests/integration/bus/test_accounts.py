"""What an agent's credentials allow, tried against a real server as a hostile agent would."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from nats.aio.client import Client
from nats.errors import Error, NoRespondersError
from nats.errors import TimeoutError as NoAnswerError
from packages.mxc.tests.integration.bus.visitor import Visitor, enter, visit

from mxc.protocol import COMMANDS, Ack, Message, Report, Start, State, command, down, encode, up
from mxc.protocol.nkeys import Kind
from mxc.server.kernel.bus import Bus
from mxc.server.kernel.bus.keys import new_key, sign_claims
from mxc.server.kernel.errors import Invalid, NotFound, Unavailable
from mxc.testing.nats import NatsServer


@pytest.fixture
async def alice(bus: Bus, nats_server: NatsServer) -> AsyncIterator[Visitor]:
    async with visit(bus, nats_server.url, "alice") as found:
        yield found


@pytest.fixture
async def neighbour(bus: Bus, nats_server: NatsServer) -> AsyncIterator[Visitor]:
    async with visit(bus, nats_server.url, "alice") as found:
        yield found


@pytest.fixture
async def bob(bus: Bus, nats_server: NatsServer) -> AsyncIterator[Visitor]:
    async with visit(bus, nats_server.url, "bob") as found:
        yield found


async def test_an_agent_cannot_speak_for_another_tenant_or_agent(
    bus: Bus, alice: Visitor, bob: Visitor
) -> None:
    heard: list[tuple[str, UUID]] = []

    async def listen(tenant: str, agent: UUID, payload: bytes) -> Message:
        heard.append((tenant, agent))
        return Ack()

    await bus.on("report", listen)
    for subject in (
        up("bob", bob.agent, "report"),
        up("bob", alice.agent, "report"),
        up("alice", bob.agent, "report"),
        up("alice", uuid4(), "report"),
        command("alice", alice.agent, uuid4()),
        down("alice", alice.agent, "exec"),
        "mxc.alice.up.report",
        "$SYS.REQ.CLAIMS.UPDATE",
    ):
        await alice.client.publish(subject, b"{}")
        assert await alice.is_refused(), subject
    answer = await alice.client.request(up("alice", alice.agent, "report"), b"{}", timeout=10)
    assert answer.data == encode(Ack())
    assert heard == [("alice", alice.agent)]


async def test_the_body_cannot_claim_to_be_somebody_else(bus: Bus, alice: Visitor, bob: Visitor) -> None:
    heard: list[tuple[str, UUID]] = []

    async def listen(tenant: str, agent: UUID, payload: bytes) -> Message:
        heard.append((tenant, agent))
        return Ack()

    await bus.on("report", listen)
    lie = b'{"kind":"report","tenant":"bob","agent":"' + str(bob.agent).encode() + b'"}'
    await alice.client.request(up("alice", alice.agent, "report"), lie, timeout=10)
    assert heard == [("alice", alice.agent)]


@pytest.mark.parametrize(
    "subject",
    [
        ">",
        "mxc.>",
        "mxc.*.up.*.report",
        "mxc.bob.>",
        "mxc.alice.>",
        "mxc.alice.down.>",
        "_INBOX.>",
    ],
)
async def test_an_agent_cannot_listen_beyond_itself(alice: Visitor, subject: str) -> None:
    await alice.client.subscribe(subject)
    assert await alice.is_refused()


async def test_an_agent_cannot_take_another_agents_commands(
    bus: Bus, alice: Visitor, neighbour: Visitor, bob: Visitor
) -> None:
    for victim in (neighbour, bob):
        start = Start(workload=uuid4(), generation=1, epoch=1, command="secret")
        await bus.command(victim.tenant, victim.agent, start, str(uuid4()))
    streams = alice.client.jetstream()
    for api in (
        f"$JS.API.CONSUMER.MSG.NEXT.{COMMANDS}.{neighbour.agent}",
        f"$JS.API.CONSUMER.MSG.NEXT.{COMMANDS}.{bob.agent}",
        f"$JS.API.CONSUMER.CREATE.{COMMANDS}.{alice.agent}",
        f"$JS.API.CONSUMER.DELETE.{COMMANDS}.{alice.agent}",
        f"$JS.API.STREAM.MSG.GET.{COMMANDS}",
        f"$JS.API.DIRECT.GET.{COMMANDS}",
        f"$JS.API.STREAM.PURGE.{COMMANDS}",
        "$JS.API.STREAM.CREATE.mine",
        "$JS.API.INFO",
    ):
        with pytest.raises((NoAnswerError, NoRespondersError)):
            await alice.client.request(api, b"{}", timeout=0.3)
        assert await alice.is_refused(), api
    own = await streams.pull_subscribe_bind(consumer=str(alice.agent), stream=COMMANDS)
    with pytest.raises(NoAnswerError):
        await own.fetch(1, timeout=0.3)
    theirs = await neighbour.client.jetstream().pull_subscribe_bind(
        consumer=str(neighbour.agent), stream=COMMANDS
    )
    [message] = await theirs.fetch(1, timeout=10)
    assert b"secret" in message.data


async def test_the_newest_command_replaces_the_one_before_and_repeats_count_once(
    bus: Bus, alice: Visitor
) -> None:
    workload = uuid4()
    first, second = (Start(workload=workload, generation=n, epoch=1, command="x") for n in (1, 2))
    await bus.command("alice", alice.agent, first, "one")
    await bus.command("alice", alice.agent, second, "two")
    await bus.command("alice", alice.agent, second, "two")
    own = await alice.client.jetstream().pull_subscribe_bind(consumer=str(alice.agent), stream=COMMANDS)
    messages = await own.fetch(10, timeout=0.5)
    assert [message.data for message in messages] == [encode(second)]


async def test_a_stolen_jwt_is_worth_nothing_without_the_key(bus: Bus, nats_server: NatsServer) -> None:
    agent, key = uuid4(), new_key(Kind.USER)
    jwt = await bus.admit("alice", agent, key.public)
    with pytest.raises(Error, match=r"(?i)authorization"):
        await enter(nats_server.url, new_key(Kind.USER), jwt, "alice", agent)


async def test_claims_signed_by_anybody_else_are_worth_nothing(nats_server: NatsServer) -> None:
    key, forger = new_key(Kind.USER), new_key(Kind.ACCOUNT)
    jwt = sign_claims(forger, key.public, "forged", {"type": "user", "pub": {}, "sub": {}}, int(time.time()))
    with pytest.raises(Error, match=r"(?i)authorization"):
        await enter(nats_server.url, key, jwt, "alice", uuid4())


async def test_no_password_lets_anybody_in(nats_server: NatsServer) -> None:
    client = Client()
    with pytest.raises(Error, match=r"(?i)authorization"):
        await client.connect(servers=[nats_server.url], allow_reconnect=False, connect_timeout=2)
    await client.close()


@pytest.mark.parametrize("given", ["", "nonsense", "U" * 56, "the seed"])
async def test_only_a_users_public_key_is_admitted(bus: Bus, given: str) -> None:
    key = new_key(Kind.ACCOUNT)
    with pytest.raises(Invalid) as caught:
        await bus.admit(
            "alice", uuid4(), new_key(Kind.USER).seed if given == "the seed" else given or key.public
        )
    assert "public_nkey" in caught.value.fields
    assert key.seed not in str(caught.value)


async def test_asking_an_agent_that_is_not_there_says_so(bus: Bus) -> None:
    with pytest.raises(NotFound, match="not connected"):
        await bus.request("default", uuid4(), "exec", Ack())
    with pytest.raises(NotFound, match="not connected"):
        _ = [answer async for answer in bus.stream("default", uuid4(), "logs", Ack())]


async def test_a_listener_that_fails_answers_with_a_fault(bus: Bus, alice: Visitor) -> None:
    async def fail(tenant: str, agent: UUID, payload: bytes) -> Message:
        raise Unavailable("the database is away", code="database-away")

    await bus.on("report", fail)
    report = Report(workload=uuid4(), generation=1, state=State.RUNNING, at=1.0)
    async with asyncio.timeout(10):
        while not (answer := await heard(alice, report)):
            pass
    assert b"database-away" in answer


async def heard(visitor: Visitor, report: Report) -> bytes:
    """The answer to a report; nothing while the other account's servers do not know of the listener yet."""
    subject = up("alice", visitor.agent, "report")
    try:
        return bytes((await visitor.client.request(subject, encode(report), timeout=10)).data)
    except NoRespondersError:
        return b""


async def test_a_server_that_does_not_know_us_is_told_from_one_that_is_away(
    own_nats_server: NatsServer, bus: Bus, nats_server: NatsServer
) -> None:
    with pytest.raises(Unavailable) as caught:
        await Bus.connect(nats_server.url, own_nats_server.authority, time.time)
    assert caught.value.code == "bus-refused"
    own_nats_server.process.stop()
    with pytest.raises(Unavailable) as caught:
        await Bus.connect(own_nats_server.url, own_nats_server.authority, time.time)
    assert caught.value.code == "bus-unreachable"


async def test_many_tenants_have_room_for_their_commands(own_nats_server: NatsServer) -> None:
    bus = await Bus.connect(own_nats_server.url, own_nats_server.authority, time.time)
    for number in range(50):
        await bus.provision(f"crowd-{number}")
    await bus.close()
