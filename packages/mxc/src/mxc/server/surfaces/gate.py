"""The door while another coordinator leads, or while we load: it says so instead of answering half."""

from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from mxc.server.kernel.errors import Unavailable
from mxc.server.surfaces.refusing import Refuse

# Whether we live, and what the page that says we stand by looks like.
ALWAYS_OPEN: Final = ("/health/live", "/design/")
RETRY_AFTER_S: Final = 2


class Gate:
    """ASGI middleware: open while `closed()` has nothing to say, else 503 with what it says and a hint."""

    def __init__(self, app: ASGIApp, closed: Callable[[], str], refuse: Refuse) -> None:
        self._app = app
        self._closed = closed
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        is_request = scope["type"] in ("http", "websocket")
        why = self._closed() if is_request and not scope["path"].startswith(ALWAYS_OPEN) else ""
        if not why:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1013, "reason": "standing by"})
        else:
            await self._refuse(scope["path"], _standing_by(why))(scope, receive, send)


def _standing_by(why: str) -> Unavailable:
    return Unavailable(
        f"this coordinator does not lead: {why}",
        code="standing-by",
        hint="ask the one that leads, or again in some seconds: a standby takes over by itself",
        details={"retry_after_s": RETRY_AFTER_S},
    )
