"""What every answer tells browsers that its own maker did not say better: what must not be done with it."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = tuple[tuple[bytes, bytes], ...]
ALWAYS: Final[Headers] = (
    (b"content-security-policy",
     b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy",
     b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)  # fmt: skip
# Two years, as browsers' own lists ask for.
OVER_HTTPS: Final[Headers] = (*ALWAYS, (b"strict-transport-security", b"max-age=63072000"))


class SafeHeaders:
    """ASGI middleware around everything, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = OVER_HTTPS if scope["scheme"] == "https" else ALWAYS

        async def safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                stated = list(message.get("headers", ()))
                names = {name.lower() for name, _ in stated}
                message["headers"] = stated + [each for each in wanted if each[0] not in names]
            await send(message)

        await self._app(scope, receive, safely)
