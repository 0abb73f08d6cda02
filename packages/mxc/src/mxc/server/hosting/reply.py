"""Answers: `{"data": …}` as JSON, and streams of server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import msgspec
from fastapi import Response
from starlette.responses import StreamingResponse

from mxc.server.kernel.errors import MxcError

HEARTBEAT_S: Final = 15.0
LOOK_AGAIN_S: Final = 5.0
"""How long a stream goes on before it is asked again whether who reads it still may."""
STREAM_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event; `data` is JSON-ready."""

    kind: str
    data: Any
    id: str = ""

    def encode(self) -> bytes:
        """As it goes over the wire."""
        head = f"id: {self.id}\n" if self.id else ""
        return f"{head}event: {self.kind}\ndata: ".encode() + msgspec.json.encode(self.data) + b"\n\n"


def reply(data: Any, status: int = 200, **beside: Any) -> Response:
    """A success; `beside` are members next to `data`, such as the cursor of a list."""
    return Response(msgspec.json.encode({"data": data, **beside}), status, media_type="application/json")


def event_stream(events: AsyncIterator[Event], admitted: Callable[[], Awaitable[None]]) -> Response:
    """The events as they come, a comment now and then so that nothing between us closes the connection.

    `admitted` raises when who reads may no longer: the error is the last event. Nothing is told to somebody
    who was not asked after for `LOOK_AGAIN_S` seconds.
    """
    stream = _alive(events, admitted)
    return StreamingResponse(stream, media_type="text/event-stream", headers=STREAM_HEADERS)


async def _alive(
    events: AsyncIterator[Event], admitted: Callable[[], Awaitable[None]]
) -> AsyncIterator[bytes]:
    yield b": hello\n\n"
    upcoming, seen_at = asyncio.ensure_future(_next(events)), monotonic()
    try:
        while True:
            done, _ = await asyncio.wait({upcoming}, timeout=HEARTBEAT_S)
            if monotonic() - seen_at > LOOK_AGAIN_S:
                await admitted()
                seen_at = monotonic()
            if not done:
                yield b": alive\n\n"
                continue
            event = upcoming.result()
            if event is None:
                return
            yield event.encode()
            upcoming = asyncio.ensure_future(_next(events))
    except MxcError as error:
        yield refusal(error).encode()
    finally:
        upcoming.cancel()
        with suppress(asyncio.CancelledError):
            await upcoming
        if hasattr(events, "aclose"):
            await events.aclose()


def refusal(error: MxcError) -> Event:
    """What ends a stream that cannot go on."""
    return Event("error", {"error": error.message, "code": error.code, "hint": error.hint})


async def _next(events: AsyncIterator[Event]) -> Event | None:
    return await anext(events, None)
