"""One stay on the bus: hello, heartbeats, commands in, reports out. Ends when a new enrolment is needed."""

import asyncio
import base64
import contextlib
import logging
from collections.abc import Callable
from typing import Final

from nats.aio.client import Client
from nats.errors import Error

from mxc.agent import clock
from mxc.agent.answers import Answers
from mxc.agent.commands import Commands, NoConsumerError
from mxc.agent.contact import Contact
from mxc.agent.identity import Identity
from mxc.agent.journal import Kept
from mxc.agent.load import Load
from mxc.agent.roster import Roster
from mxc.cancelling import Crew, cancelled
from mxc.protocol import (
    Ack,
    Enrolled,
    Fault,
    Hello,
    MalformedError,
    Welcome,
    decode,
    down,
    encode,
    inbox,
    up,
)

_log = logging.getLogger(__name__)
_CONNECT_S: Final = 5.0
_RECONNECT_S: Final = 0.25
_GIVE_UP_S: Final = 8.0
_ANSWER_S: Final = 5.0
_CLOSE_S: Final = 2.0
_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0


class LostError(Exception):
    """The bus is out of reach, or no longer lets us in: enrol again."""


class Link:
    """Made after an enrolment; `run` serves until `LostError`."""

    def __init__(
        self,
        identity: Identity,
        enrolled: Enrolled,
        roster: Roster,
        waiting: asyncio.Event,
        hello: Callable[[], Hello],
        contact: Contact,
    ) -> None:
        self._identity = identity
        self._enrolled = enrolled
        self._roster = roster
        self._waiting = waiting
        self._hello = hello
        self._contact = contact
        self._load = Load(roster.runtime)
        self._lost = asyncio.Event()
        self._greet = asyncio.Event()
        self._pull = asyncio.Event()
        self._disconnected_at: float | None = None
        self._is_welcome = asyncio.Event()
        self._welcome: Welcome | None = None

    async def run(self) -> None:
        """Serve until the connection cannot be had any more. Raises LostError."""
        async with contextlib.AsyncExitStack() as stack:
            client = await self._connect()
            stack.push_async_callback(_leave, client)
            answers = Answers(self._roster, client.flush)
            stack.push_async_callback(answers.close)
            await client.subscribe(self._subject_down("*"), cb=answers.heard)
            self._greet.set()
            crew = Crew()
            for work in (self._greeting, self._telling, self._obeying, self._beating):
                crew.add(work(client))
            crew.add(self._watch())
            await crew.run()

    async def _connect(self) -> Client:
        async def lost_for_now() -> None:
            self._disconnected_at = clock.monotonic()

        async def back() -> None:
            self._disconnected_at = None
            self._greet.set()
            self._pull.set()

        async def closed() -> None:
            self._lost.set()

        async def told(error: Exception) -> None:
            _log.info("bus: %s", str(error) or type(error).__name__)

        client = Client()
        try:
            async with asyncio.timeout(_CONNECT_S):
                await client.connect(
                    servers=self._enrolled.servers,
                    name=f"mxc agent {self._identity.node_id}",
                    signature_cb=lambda nonce: base64.b64encode(self._identity.sign(nonce.encode())),
                    user_jwt_cb=self._enrolled.jwt.encode,
                    inbox_prefix=inbox(self._identity.node_id),
                    error_cb=told,
                    disconnected_cb=lost_for_now,
                    reconnected_cb=back,
                    closed_cb=closed,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=_RECONNECT_S,  # type: ignore[arg-type]
                )
        except (TimeoutError, OSError, Error) as error:
            await _leave(client)
            raise LostError(f"cannot connect: {error or type(error).__name__}") from error
        return client

    def _subject_up(self, kind: str) -> str:
        return up(self._enrolled.tenant, self._identity.node_id, kind)

    def _subject_down(self, kind: str) -> str:
        return down(self._enrolled.tenant, self._identity.node_id, kind)

    async def _ask(self, client: Client, kind: str, message: bytes) -> bytes:
        """One request to the core. Raises nats' Error, also when nobody is there."""
        answer = await client.request(self._subject_up(kind), message, timeout=_ANSWER_S)
        self._contact.at = clock.monotonic()
        return bytes(answer.data)

    async def _greeting(self, client: Client) -> None:
        """Say hello at each (re)connection, until it is answered, and do as the welcome says."""
        while True:
            await self._greet.wait()
            self._greet.clear()
            pause_s = _PAUSE_S
            while (welcome := await self._say_hello(client)) is None:
                await asyncio.sleep(pause_s)
                pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)
            self._welcome = welcome
            self._contact.lease_s = welcome.lease_s
            await self._settle(welcome)
            self._is_welcome.set()

    async def _say_hello(self, client: Client) -> Welcome | None:
        try:
            answer: Welcome | Fault = decode(
                Welcome | Fault, await self._ask(client, "hello", encode(self._hello()))
            )
        except (Error, MalformedError) as error:
            _log.info("no welcome yet: %s", str(error) or type(error).__name__)
            return None
        if isinstance(answer, Fault):
            _log.warning("no welcome yet: %s", answer.message)
            return None
        return answer

    async def _settle(self, welcome: Welcome) -> None:
        self._roster.journal.raise_epoch(welcome.epoch)
        for workload, generation in welcome.dead:
            await self._roster.bury(workload, generation)
        await asyncio.gather(*(self._roster.start(start) for start in welcome.desired))

    async def _beating(self, client: Client) -> None:
        """A heartbeat now and then; an echo from the server proves that it left this machine."""
        await self._is_welcome.wait()
        while True:
            assert self._welcome is not None
            heartbeat_s = self._welcome.heartbeat_s
            at = clock.monotonic()
            try:
                await client.publish(self._subject_up("heartbeat"), encode(self._load.measure(at)))
                await client.flush(timeout=max(1, int(heartbeat_s)))
                # While it reconnects the client calls a flush done that went nowhere.
                if client.is_connected:
                    self._contact.at = at
            except (Error, OSError) as error:
                _log.info("heartbeat not sent: %s", str(error) or type(error).__name__)
            await asyncio.sleep(max(0.0, heartbeat_s - (clock.monotonic() - at)))

    async def _obeying(self, client: Client) -> None:
        """Take commands; anew after each reconnection."""
        await self._is_welcome.wait()
        commands = Commands(client, self._identity.node_id, self._roster)
        while True:
            self._pull.clear()
            taking = asyncio.create_task(commands.take())
            again = asyncio.create_task(self._pull.wait())
            try:
                await asyncio.wait({taking, again}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await cancelled(taking, again)
            error = None if taking.cancelled() else taking.exception()
            if isinstance(error, NoConsumerError):
                raise LostError(str(error))
            if isinstance(error, Error):
                _log.info("commands: %s", str(error) or type(error).__name__)
                await asyncio.sleep(_PAUSE_S)
            elif error is not None:
                raise error

    async def _telling(self, client: Client) -> None:
        """Send what the journal keeps, in order per workload, until the core has committed it."""
        pause_s = _PAUSE_S
        while True:
            self._waiting.clear()
            kept = self._roster.journal.untold()
            if not kept:
                await self._waiting.wait()
                continue
            done = await asyncio.gather(*(self._tell(client, report) for report in kept))
            self._roster.journal.told([report.id for report, told in zip(kept, done, strict=True) if told])
            if any(done):
                pause_s = _PAUSE_S
            else:
                await asyncio.sleep(pause_s)
                pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)

    async def _tell(self, client: Client, report: Kept) -> bool:
        """True when it need not be kept any longer."""
        try:
            answer: Ack | Fault = decode(Ack | Fault, await self._ask(client, "report", report.body))
        except (Error, MalformedError) as error:
            _log.info("a report waits: %s", str(error) or type(error).__name__)
            return False
        if isinstance(answer, Fault):
            _log.warning("a report waits: %s", answer.message)
            return answer.code == "malformed"
        return True

    async def _watch(self) -> None:
        """Give up when the server closed us out, or stays away: its address may have changed."""
        while True:
            try:
                async with asyncio.timeout(1.0):
                    await self._lost.wait()
                raise LostError("the server closed the connection")
            except TimeoutError:
                since = self._disconnected_at
                if since is not None and clock.monotonic() - since > _GIVE_UP_S:
                    raise LostError("the server is out of reach") from None


async def _leave(client: Client) -> None:
    with contextlib.suppress(TimeoutError, OSError, Error):
        await asyncio.wait_for(client.close(), _CLOSE_S)
