"""What the core can do on the bus: hear agents, command them (kept for them), ask them (answered now)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final
from uuid import UUID

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error, NoRespondersError
from nats.errors import TimeoutError as NoAnswerError
from nats.js.api import ConsumerConfig, DiscardPolicy, StreamConfig
from nats.js.errors import NotFoundError

from mxc.protocol import COMMANDS, Fault, MalformedError, Message, Start, Stop, command, down, encode, parse
from mxc.server.kernel.bus.authority import Authority, stream_api
from mxc.server.kernel.bus.connection import connect, leave
from mxc.server.kernel.bus.keys import revocations_in
from mxc.server.kernel.errors import MxcError, NotFound, Unavailable

_log = logging.getLogger(__name__)

Heard = Callable[[str, UUID, bytes], Awaitable[Message | None]]
"""(tenant slug, agent id, payload) -> the answer, if any. Identity is the subject's, never the body's."""

COMMAND_AGE_S: Final = 600.0
_PUBLISH_S: Final = 5.0
_ANSWER_S: Final = 5.0
_ACK_S: Final = 30.0
_AT_ONCE: Final = 32
_NKEYS: Final = "nkeys"


class Bus:
    """The core's connection. Make it with `await Bus.connect(...)`."""

    def __init__(self, url: str, authority: Authority, clock: Callable[[], float], client: Client) -> None:
        self.url = url
        self._authority = authority
        self._clock = clock
        self._client = client
        self._provisioned: set[str] = set()
        self._provisioning = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def connect(cls, url: str, authority: Authority, clock: Callable[[], float]) -> "Bus":
        """Connect as the core. `clock` gives unix seconds. Raises Unavailable when nobody answers."""
        client = await connect([url], authority.core_member(int(clock())), "mxc core")
        return cls(url, authority, clock, client)

    @property
    def is_connected(self) -> bool:
        """Is there a server at the other end at this moment?"""
        return bool(self._client.is_connected)

    async def on(self, kind: str, heard: Heard, at_once: int = _AT_ONCE) -> None:
        """Call `heard` for every message of that kind, at most `at_once` at a time; it returns the answer.

        An exception becomes a `Fault` answer, so the agent keeps its message and tries again.
        """
        room = asyncio.Semaphore(at_once)

        async def arrived(message: Msg) -> None:
            await room.acquire()
            task = asyncio.create_task(_answer(message, heard))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(lambda _: room.release())

        await self._client.subscribe(f"mxc.*.up.*.{kind}", cb=arrived)

    async def provision(self, tenant: str) -> None:
        """Give the tenant its account and its stream of commands; takes effect at once, may be repeated."""
        async with self._provisioning:
            if tenant in self._provisioned:
                return
            await self._push_claims(tenant)
            await self._ensure_stream(tenant)
            self._provisioned.add(tenant)

    async def admit(self, tenant: str, agent: UUID, public_nkey: str) -> str:
        """The JWT for an agent's own key, and a place in the stream for it. Raises Invalid, Unavailable."""
        claims = self._authority.agent_claims(tenant, agent, public_nkey, int(self._clock()))
        await self.provision(tenant)
        streams = self._client.jetstream(prefix=stream_api(tenant))
        config = ConsumerConfig(
            durable_name=str(agent),
            filter_subject=command(tenant, agent, "*"),
            ack_wait=_ACK_S,
            max_ack_pending=256,
            metadata={_NKEYS: " ".join(sorted({*await self._nkeys(tenant, agent), public_nkey}))},
        )
        try:
            await streams.add_consumer(COMMANDS, config)
        except NotFoundError:
            # The server lost its streams since we provisioned: it may have been given an empty directory.
            await self._ensure_stream(tenant)
            await streams.add_consumer(COMMANDS, config)
        except Error as error:
            raise _away(tenant, error) from error
        return claims

    async def expel(self, tenant: str, agent: UUID) -> None:
        """Void every user the agent was given: it is cut off at once, and its place in the stream is gone.

        May be repeated. Raises Unavailable when it is not known to be done.
        """
        await self.provision(tenant)
        now = int(self._clock())
        self._authority.revoke(tenant, dict.fromkeys(await self._nkeys(tenant, agent), now))
        await self._push_claims(tenant)
        streams = self._client.jetstream(prefix=stream_api(tenant))
        try:
            await streams.delete_consumer(COMMANDS, str(agent))
        except NotFoundError:
            return
        except Error as error:
            raise _away(tenant, error) from error

    async def command(self, tenant: str, agent: UUID, message: Start | Stop, message_id: str) -> None:
        """Store a command for the agent; returns when the server has it on disk. The same id counts once.

        Raises Unavailable when it is not known to be stored: repeat it with the same id.
        """
        await self.deliver(tenant, agent, message.workload, encode(message), message_id)

    async def deliver(
        self, tenant: str, agent: UUID, workload: UUID, payload: bytes, message_id: str
    ) -> None:
        """As `command`, for one that is bytes already."""
        if not self.is_connected:
            raise _away(tenant, Error("nats: not connected"))
        subject = command(tenant, agent, workload)
        try:
            await self._client.jetstream().publish(
                subject, payload, timeout=_PUBLISH_S, headers={"Nats-Msg-Id": message_id}
            )
        except Error as error:
            # Whatever it lacks (a new server has neither account nor stream), the next attempt provides it.
            self._provisioned.discard(tenant)
            raise _away(tenant, error) from error

    async def request(
        self, tenant: str, agent: UUID, kind: str, message: Message, timeout_s: float = _ANSWER_S
    ) -> bytes:
        """One question, one answer. Raises NotFound (agent-away) or Unavailable (agent-silent)."""
        try:
            answer = await self._client.request(down(tenant, agent, kind), encode(message), timeout=timeout_s)
        except NoRespondersError:
            raise _agent_away(agent) from None
        except NoAnswerError:
            raise _agent_silent(agent, timeout_s) from None
        return bytes(answer.data)

    async def stream(
        self, tenant: str, agent: UUID, kind: str, message: Message, silence_s: float = 30.0
    ) -> AsyncIterator[bytes]:
        """One question, many answers, until an empty one. Raises as `request`; `silence_s` bounds a pause."""
        inbox = self._client.new_inbox()
        subscription = await self._client.subscribe(inbox)
        try:
            await self._client.publish(down(tenant, agent, kind), encode(message), reply=inbox)
            while True:
                answer = await subscription.next_msg(timeout=silence_s)
                if (answer.headers or {}).get("Status") == "503":
                    raise _agent_away(agent)
                if not answer.data:
                    return
                yield bytes(answer.data)
        except NoAnswerError:
            raise _agent_silent(agent, silence_s) from None
        finally:
            if not self._client.is_closed:
                await subscription.unsubscribe()

    async def close(self) -> None:
        """Finish what was heard, then leave."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_ANSWER_S)
        await leave(self._client)

    async def _nkeys(self, tenant: str, agent: UUID) -> list[str]:
        """The public keys the agent was admitted with, as its consumer remembers them."""
        streams = self._client.jetstream(prefix=stream_api(tenant))
        try:
            found = await streams.consumer_info(COMMANDS, str(agent))
        except NotFoundError:
            return []
        except Error as error:
            raise _away(tenant, error) from error
        metadata: dict[str, str] = found.config.metadata or {}
        return metadata.get(_NKEYS, "").split()

    async def _push_claims(self, tenant: str) -> None:
        """Tell the server of the tenant's account, and of our import from it, through its own account."""
        now = int(self._clock())
        self._authority.tenant(tenant)
        client = await connect([self.url], self._authority.system_member(now), "mxc claims")
        try:
            await self._learn_revocations(client, tenant)
            for claims in (self._authority.tenant_claims(tenant, now), self._authority.core_claims(now)):
                answer = await client.request("$SYS.REQ.CLAIMS.UPDATE", claims.encode(), timeout=_ANSWER_S)
                if b'"code":200' not in answer.data.replace(b" ", b""):
                    raise Unavailable(
                        f"NATS refused the account of {tenant}: {answer.data.decode(errors='replace')}",
                        code="bus-claims",
                        hint="Run it with the configuration that `mxc nats config` writes.",
                    )
        except Error as error:
            raise _away(tenant, error) from error
        finally:
            await leave(client)

    async def _learn_revocations(self, client: Client, tenant: str) -> None:
        """Whom another coordinator expelled: it may hold a copy of our keys only."""
        account = self._authority.tenant(tenant).public
        answer = await client.request(f"$SYS.REQ.ACCOUNT.{account}.CLAIMS.LOOKUP", b"", timeout=_ANSWER_S)
        self._authority.revoke(tenant, revocations_in(answer.data.decode()))

    async def _ensure_stream(self, tenant: str) -> None:
        """The newest command per workload, for ten minutes: what is older is for the welcome to settle."""
        streams = self._client.jetstream(prefix=stream_api(tenant))
        config = StreamConfig(
            name=COMMANDS,
            subjects=[command(tenant, "*", "*")],
            max_msgs_per_subject=1,
            max_age=COMMAND_AGE_S,
            duplicate_window=120,
            discard=DiscardPolicy.OLD,
        )
        try:
            await streams.add_stream(config)
        except Error as error:
            raise _away(tenant, error) from error


async def _answer(message: Msg, heard: Heard) -> None:
    """Hand one message to its listener and send back what it says."""
    answer: Message | None
    try:
        address = parse(message.subject)
        answer = await heard(address.tenant, address.agent, message.data)
    except MalformedError as error:
        _log.warning("%s: %s", message.subject, error)
        answer = Fault(code="malformed", message=str(error))
    except MxcError as error:
        _log.warning("%s: %s", message.subject, error)
        answer = Fault(code=error.code, message=error.message)
    except Exception:  # noqa: BLE001 (whatever goes wrong inside, the agent must hear that it did)
        _log.exception("%s: the listener failed", message.subject)
        answer = Fault(code="internal", message="the core failed; it has logged why")
    if answer is not None and message.reply:
        await message.respond(encode(answer))


def _away(tenant: str, error: Exception) -> Unavailable:
    return Unavailable(
        f"NATS does not serve tenant {tenant} at the moment: {error or type(error).__name__}",
        code="bus-away",
        hint="It is tried again by itself.",
    )


def _agent_away(agent: UUID) -> NotFound:
    return NotFound(
        f"The agent of node {agent} is not connected.",
        code="agent-away",
        hint="`mxc nodes show` says since when.",
    )


def _agent_silent(agent: UUID, waited_s: float) -> Unavailable:
    return Unavailable(
        f"The agent of node {agent} did not answer within {waited_s:g} s.", code="agent-silent"
    )
