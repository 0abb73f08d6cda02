"""The content security policy: nothing from elsewhere, no inline script but our own."""

from secrets import token_urlsafe
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The page framework compiles its templates in the browser, hence 'unsafe-eval'; it sets styles inline.
_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'{leads_to}; frame-ancestors 'none'"
)


def protect(headers: MutableHeaders, nonce: str, leads_to: str = "") -> None:
    """Adds the policy, with the one nonce this response's own scripts carry.

    `leads_to` is another origin that a form of this page may lead to.
    """
    headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce, leads_to=leads_to and f" {leads_to}")


class ContentPolicy:
    """ASGI middleware for the pages. Data in a page is escaped, so every literal `<script` in it is ours."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Nonced(send).send)


class _Nonced:
    """Holds an HTML response back until it is whole, then sends it with nonces."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if not MutableHeaders(scope=message).get("content-type", "").startswith("text/html"):
                await self._send(message)
                return
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._flush(self._start)

    async def _flush(self, start: Message) -> None:
        nonce = token_urlsafe(16)
        body = self._body.replace(b"<script", f'<script nonce="{nonce}"'.encode())
        headers = MutableHeaders(scope=start)
        headers["Content-Length"] = str(len(body))
        protect(headers, nonce)
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})
