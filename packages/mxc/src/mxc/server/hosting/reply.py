"""Answers: `{"data": …}` as JSON, and streams of server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from fastapi import Response
from starlette.responses import StreamingResponse

HEARTBEAT_S: Final = 15.0
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


def event_stream(events: AsyncIterator[Event]) -> Response:
    """The events as they come, a comment now and then so that nothing between us closes the connection."""
    return StreamingResponse(_alive(events), media_type="text/event-stream", headers=STREAM_HEADERS)


async def _alive(events: AsyncIterator[Event]) -> AsyncIterator[bytes]:
    yield b": hello\n\n"
    upcoming = asyncio.ensure_future(_next(events))
    try:
        while True:
            done, _ = await asyncio.wait({upcoming}, timeout=HEARTBEAT_S)
            if not done:
                yield b": alive\n\n"
                continue
            event = upcoming.result()
            if event is None:
                return
            yield event.encode()
            upcoming = asyncio.ensure_future(_next(events))
    finally:
        upcoming.cancel()
        with suppress(asyncio.CancelledError):
            await upcoming
        if hasattr(events, "aclose"):
            await events.aclose()


async def _next(events: AsyncIterator[Event]) -> Event | None:
    return await anext(events, None)
