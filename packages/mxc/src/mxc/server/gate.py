"""The door while another coordinator leads, or while we load: it says so instead of answering half."""

import json
from collections.abc import Callable
from typing import Any, Final

Application = Callable[..., Any]
ALWAYS_OPEN: Final = frozenset({"/health/live"})
JSON_API: Final = "/api/v2"
RETRY: Final = (b"retry-after", b"2")


class Gate:
    """An ASGI application around ours: open while `is_open()`, else 503 with a hint."""

    def __init__(self, application: Application, is_open: Callable[[], bool], why: Callable[[], str]) -> None:
        self._application = application
        self._is_open = is_open
        self._why = why

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        is_request = scope["type"] in ("http", "websocket")
        if not is_request or self._is_open() or scope["path"] in ALWAYS_OPEN:
            await self._application(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1013, "reason": "standing by"})
        else:
            await self._refuse(send, is_json_api=scope["path"].startswith(JSON_API))

    async def _refuse(self, send: Any, *, is_json_api: bool) -> None:
        said = f"this coordinator does not lead: {self._why()}"
        hint = "ask the one that leads, or again in some seconds: a standby takes over by itself"
        document: dict[str, Any] = {"error": said, "code": "standing-by", "hint": hint}
        media = b"application/json"
        if is_json_api:
            error = {"status": "503", "code": "standing-by", "title": "Service Unavailable", "detail": said}
            document = {"errors": [error | {"meta": {"hint": hint}}], "jsonapi": {"version": "1.1"}}
            media = b"application/vnd.api+json"
        headers = [(b"content-type", media), RETRY]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(document).encode()})
