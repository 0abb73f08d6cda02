"""What the core may ask this agent: kept output, and commands run beside a workload."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from nats.aio.msg import Msg

from mxc.agent import clock
from mxc.agent.roster import Roster
from mxc.agent.runtimes.beside import run_beside
from mxc.agent.runtimes.output import Place, read_on, tail_place
from mxc.cancelling import cancelled
from mxc.protocol import (
    ExecRequest,
    Fault,
    LogBatch,
    LogsRequest,
    MalformedError,
    Message,
    decode,
    encode,
)

_log = logging.getLogger(__name__)
_ANSWER_BYTES: Final = 2 * 1024 * 1024
_FOLLOW_S: Final = 20.0
_LOOK_AGAIN_S: Final = 0.1


class Answers:
    """Answers requests, each in a task of its own. A stream of answers ends with an empty one."""

    def __init__(self, roster: Roster, flush: Callable[[], Awaitable[None]]) -> None:
        self._roster = roster
        self._flush = flush
        self._tasks: set[asyncio.Task[None]] = set()

    async def heard(self, message: Msg) -> None:
        """Called for every message on our `down` subjects."""
        task = asyncio.create_task(self._answer(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Break off what is being answered."""
        await cancelled(*self._tasks)

    async def _answer(self, message: Msg) -> None:
        kind = message.subject.rpartition(".")[2]
        try:
            if kind == "logs":
                await self._logs(message, decode(LogsRequest, message.data))
            elif kind == "exec":
                await message.respond(encode(await self._exec(decode(ExecRequest, message.data))))
            else:
                await message.respond(encode(Fault(code="unknown-request", message=f"no request {kind!r}")))
        except MalformedError as error:
            await message.respond(encode(Fault(code="malformed", message=str(error))))
        except Exception as error:  # noqa: BLE001 (the asker must not wait for an answer that never comes)
            _log.exception("%s failed", message.subject)
            await message.respond(encode(Fault(code="internal", message=f"the agent failed: {error!r}")))

    async def _exec(self, request: ExecRequest) -> Message:
        found = self._roster.place(request.workload, None)
        if found is None or not self._roster.is_running(request.workload, found[1]):
            return Fault(code="not-running", message="the workload does not run on this node")
        return await run_beside(found[0], request.command, request.timeout_s)

    async def _logs(self, message: Msg, request: LogsRequest) -> None:
        found = self._roster.place(request.workload, request.generation)
        if found is None:
            await message.respond(
                encode(Fault(code="no-output", message="no output of it is kept on this node"))
            )
        else:
            await self._send_output(message, request, *found)
        await message.respond(b"")

    async def _send_output(
        self, message: Msg, request: LogsRequest, directory: Path, generation: int
    ) -> None:
        """From the place asked for; with `follow` for a while. The last batch says where we are."""
        place = _begin(directory, request)
        until = clock.monotonic() + (_FOLLOW_S if request.follow else 0.0)
        sent = 0
        while True:
            is_running = self._roster.is_running(request.workload, generation)
            lines, place = read_on(directory, place)
            sent += sum(len(line.data) + 32 for line in lines)
            is_enough = sent >= _ANSWER_BYTES
            if lines and not is_enough:
                await self._send(message, LogBatch(lines=lines, cursor=str(place), generation=generation))
                continue
            if is_enough or not is_running or clock.monotonic() >= until:
                last = LogBatch(
                    lines=lines,
                    cursor=str(place),
                    generation=generation,
                    is_last=True,
                    has_more=is_enough,
                    is_ended=not is_running and not is_enough,
                )
                await self._send(message, last)
                return
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def _send(self, message: Msg, batch: LogBatch) -> None:
        """A batch is 256 KB at most, so it fits a message; flushing bounds what is pending."""
        await message.respond(encode(batch))
        await self._flush()


def _begin(directory: Path, request: LogsRequest) -> Place:
    if not request.cursor:
        return tail_place(directory, request.tail)
    try:
        return Place.parse(request.cursor)
    except ValueError:
        raise MalformedError(f"{request.cursor!r} is no cursor of ours") from None
