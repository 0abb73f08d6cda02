"""`Idempotency-Key`: what a request did is done once, however often it is sent."""

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any, ClassVar, Final

import msgspec
from fastapi import Request, Response

from mxc.server.hosting.request import Call
from mxc.server.kernel.errors import Invalid, MxcError
from mxc.server.kernel.perform import Unit
from mxc.server.kernel.replies import Reply, ReplyKey

HEADER: Final = "idempotency-key"
KEY: Final = re.compile(r"[!-~]{1,255}")
Sketch = Callable[[Any], Response]
"""What is answered, as far as it can be told of a row (or of outcomes) before the transaction ends."""


class BadKey(Invalid):
    """The key is none."""

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "bad-idempotency-key"


class Once:
    """One request with a key; `begin` and `end` are called in the transaction of what it does."""

    def __init__(
        self, call: Call, key: ReplyKey, fingerprint: bytes, media_type: str, sketch: Sketch
    ) -> None:
        self._call = call
        self._key = key
        self._fingerprint = fingerprint
        self._media_type = media_type
        self._sketch = sketch
        self._kept: Reply | None = None

    async def replay(self) -> Response | None:
        """The answer it was given before; None the first time. Raises Invalid when it was another request."""
        async with self._call.core.reading(self._call.actor) as session:
            found = await self._key.find(session, self._call.core.clock.now())
        if found is None:
            return None
        if found.fingerprint != self._fingerprint:
            raise Invalid(
                "this Idempotency-Key was used for another request",
                code="idempotency-key-reused",
                hint="a new request needs a new key",
            )
        named = {"Location": found.location, "ETag": found.etag}
        headers = {name: value for name, value in named.items() if value}
        headers |= {"Idempotent-Replayed": "true", "Vary": "Accept"}
        return Response(found.body, found.status, headers, self._media_type)

    async def begin(self, work: Unit) -> None:
        """Raises Conflict when the same request is being answered right now."""
        await self._key.claim(work.session, work.now)

    async def end(self, work: Unit, result: Any) -> None:
        """Keeps what can be told already."""
        self._kept = self._reply(self._sketch(result))
        await self._key.keep(work.session, self._kept, work.now)

    async def settle(self, response: Response) -> None:
        """Keeps the answer as it goes out, where more is in it than could be told before."""
        reply = self._reply(response)
        if reply == self._kept:
            return
        # It is done and answered; what is kept of the answer without this is true as well.
        with suppress(MxcError):
            async with self._call.core.unit(self._call.actor) as work:
                await self._key.amend(work.session, reply)

    def _reply(self, response: Response) -> Reply:
        headers = response.headers
        location, etag = headers.get("location", ""), headers.get("etag", "")
        return Reply(self._fingerprint, response.status_code, location, etag, bytes(response.body))


async def answered_once(
    call: Call,
    request: Request,
    body: Mapping[str, Any],
    media_type: str,
    sketch: Sketch,
    doing: Callable[[Once | None], Awaitable[Response]],
) -> Response:
    """The answer of `doing`, which performs beside what it is given; a request with a key is done once.

    Raises BadKey; Invalid and Conflict for a key that is another request's, or being answered now.
    """
    once = _once(call, request, body, media_type, sketch)
    if once is None:
        return await doing(None)
    if (given := await once.replay()) is not None:
        return given
    response = await doing(once)
    await once.settle(response)
    return response


def _once(
    call: Call, request: Request, body: Mapping[str, Any], media_type: str, sketch: Sketch
) -> Once | None:
    """What makes this request one that is done once; None without a key. Raises BadKey."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if KEY.fullmatch(key) is None:
        raise BadKey("Idempotency-Key must be 1 to 255 printable characters", hint="a UUID is a good one")
    confined = str(call.actor.partition_id or "")
    asked = [request.method, request.url.path, request.url.query, confined, body]
    fingerprint = sha256(msgspec.json.encode(asked, order="sorted")).digest()
    return Once(call, ReplyKey.of(call.actor, key), fingerprint, media_type, sketch)
