"""Takes commands from our own consumer as they come; each is acknowledged when its effect is written down."""

import asyncio
import json
import logging
from typing import Final, NoReturn
from uuid import UUID

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error

from mxc.agent.roster import Roster
from mxc.protocol import COMMANDS, Command, MalformedError, Start, Stop, decode

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 256
_OPEN_S: Final = 30.0
_LATE_S: Final = 5.0
_PAUSE_S: Final = 0.1
_STATUS: Final = "Status"
_EXPIRED: Final = "408"
_NOBODY: Final = "503"
_CONFLICT: Final = "409"


class NoConsumerError(Exception):
    """The stream or our place in it is gone: whoever admits us makes them anew."""


class Commands:
    """One pull is always open at the server, so a command comes the moment it is stored.

    It is renewed every `open_s` seconds.
    """

    def __init__(self, client: Client, agent: UUID, roster: Roster, open_s: float = _OPEN_S) -> None:
        self._client = client
        self._roster = roster
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{COMMANDS}.{agent}"
        self._open_s = open_s
        self._pull = json.dumps({"batch": _AT_ONCE, "expires": int(open_s * 1e9)}).encode()
        self._obeyed: set[asyncio.Task[None]] = set()

    async def take(self) -> NoReturn:
        """For ever. A server that was restarted forgot our pull: then cancel this and begin anew.

        Raises NoConsumerError, and nats' Error.
        """
        inbox = self._client.new_inbox()
        source = await self._client.subscribe(inbox)
        try:
            while True:
                await self._client.publish(self._next, self._pull, reply=inbox)
                await self._hear(source)
        finally:
            # Written to a connection that is away it would wait for ever; a new one knows nothing of it.
            if self._client.is_connected:
                await source.unsubscribe()

    async def _hear(self, source: Subscription) -> None:
        """Until this pull is used up, or over."""
        for _ in range(_AT_ONCE):
            try:
                message = await source.next_msg(timeout=self._open_s + _LATE_S)
            except TimeoutError:
                return
            status = (message.headers or {}).get(_STATUS)
            if status is not None:
                await self._heed(status, message)
                return
            task = asyncio.create_task(self._obey(message))
            self._obeyed.add(task)
            task.add_done_callback(self._obeyed.discard)

    async def _heed(self, status: str, message: Msg) -> None:
        """Why the server ended the pull."""
        said = (message.headers or {}).get("Description", "")
        if status == _NOBODY or (status == _CONFLICT and "deleted" in said.lower()):
            raise NoConsumerError(said or "nobody serves our commands")
        if status != _EXPIRED:
            _log.info("commands: %s %s", status, said)
            await asyncio.sleep(_PAUSE_S)

    async def _obey(self, message: Msg) -> None:
        """One command. What fails unexpectedly is delivered again; what cannot be read never is."""
        try:
            command: Command = decode(Start | Stop, message.data)
        except MalformedError as error:
            _log.error("a command that cannot be read is dropped: %s", error)
            await message.term()
            return
        try:
            if isinstance(command, Start):
                await self._roster.start(command)
            else:
                await self._roster.stop(command)
        except Exception:  # noqa: BLE001 (one bad command must not end the agent)
            _log.exception("%s of %s failed", type(command).__name__, command.workload)
            return
        try:
            await message.ack()
        except Error as error:
            _log.info("a command stays unacknowledged: %s", error)
