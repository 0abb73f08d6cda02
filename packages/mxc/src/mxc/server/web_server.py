"""uvicorn as a part of our process: our socket, our signals, our order of ending."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any, Final

import uvicorn

from mxc.server.kernel.errors import Unavailable

_FAREWELL_S: Final = 2
_BACKLOG: Final = 512


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address, before anything depends on it. Raises Unavailable `port-taken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Unavailable(
            f"Cannot listen on {host} port {port}: {error.strerror or error}.",
            code="port-taken",
            hint="Set PORT to another one, or 0 for any that is free.",
        ) from None
    listener.listen(_BACKLOG)
    return listener


def url_of(listener: socket.socket) -> str:
    """Where this machine finds it."""
    host, port, *_ = listener.getsockname()
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


class WebServer:
    """Serves one ASGI application on a socket until `stop`; who asks and how is what trusted proxies say."""

    def __init__(self, application: Any, listener: socket.socket, trusted_proxies: str) -> None:
        config = uvicorn.Config(
            application,
            loop="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            forwarded_allow_ips=trusted_proxies,
            timeout_graceful_shutdown=_FAREWELL_S,
        )
        self._server = _Quiet(config)
        self._listener = listener
        self._task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Begin; the task ends only when something is badly wrong, or after `stop`."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._listener]), name="web")
        return self._task

    async def stop(self) -> None:
        """Let requests end for two seconds, then leave."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task


class _Quiet(uvicorn.Server):
    """Leaves the signals alone: who composed us decides what they mean."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
