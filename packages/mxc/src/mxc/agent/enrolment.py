"""Asks the coordinator, over HTTP, for a place on the bus; again and again until it has one."""

import asyncio
import logging
from typing import Final

import aiohttp
import msgspec

from mxc.agent.identity import Identity
from mxc.agent.settings import AgentSettings
from mxc.protocol import Enrol, Enrolled, encode

_log = logging.getLogger(__name__)
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 10.0
_REMOVED: Final = b"node-removed"
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10.0)


class RefusedError(Exception):
    """The coordinator answered, and the answer is no: waiting alone will not help."""


class RemovedError(Exception):
    """The operator deleted this node: it never comes back under this id."""


class _Answer(msgspec.Struct):
    data: Enrolled


async def enrol(settings: AgentSettings, identity: Identity) -> Enrolled:
    """Retries for ever with growing pauses, also when refused: the operator may yet mend the token.

    Raises RemovedError when the node was deleted.
    """
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            return await _ask(settings, identity)
        except RefusedError as error:
            pause_s = _LONGEST_PAUSE_S
            _log.error("enrolment refused by %s: %s", settings.coordinator, error)
        except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as error:
            _log.info("%s does not answer yet: %s", settings.coordinator, error or type(error).__name__)
        await asyncio.sleep(pause_s)
        pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)


async def _ask(settings: AgentSettings, identity: Identity) -> Enrolled:
    body = encode(Enrol(node_id=identity.node_id, public_nkey=identity.public_nkey))
    headers = {"Authorization": f"Bearer {settings.token}", "Content-Type": "application/json"}
    url = settings.coordinator.rstrip("/") + "/api/agents/enrol"
    async with (
        aiohttp.ClientSession(timeout=_TIMEOUT) as session,
        session.post(url, data=body, headers=headers) as response,
    ):
        answer = await response.read()
        if response.status == 409 and _REMOVED in answer:
            raise RemovedError(f"this node was deleted at {settings.coordinator}")
        if 400 <= response.status < 500:
            raise RefusedError(f"{response.status} {answer[:300].decode(errors='replace')}")
        response.raise_for_status()
        return msgspec.json.decode(answer, type=_Answer).data
