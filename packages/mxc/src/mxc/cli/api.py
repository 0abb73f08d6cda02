"""Calls to the API over HTTP: one connection a call, answers kept as they came."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from mxc.cli.contexts import Context
from mxc.cli.failures import UNREACHABLE, USAGE, Failure, Refusal

if TYPE_CHECKING:
    from http.client import HTTPConnection, HTTPResponse

Query = Mapping[str, str | int | float | bool | None]
CATALOGUE: Final = "X-Mxc-Catalogue"
REFUSED: Final = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: the document's text as received, and its headers by lower-case name."""

    text: str
    headers: Mapping[str, str]

    @property
    def document(self) -> dict[str, Any]:
        """The whole document, `{"data": …}`."""
        document: dict[str, Any] = json.loads(self.text) if self.text else {}
        return document

    @property
    def data(self) -> Any:
        """What the document is about."""
        return self.document.get("data")


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One server-sent event."""

    id: str
    kind: str
    text: str


class Api:
    """The API of one context; `noticed` is told the name of the catalogue that is in force there."""

    def __init__(
        self, context: Context, timeout_s: float = 60.0, noticed: Callable[[str], None] | None = None
    ) -> None:
        self.context, self.timeout_s, self.noticed = context, timeout_s, noticed
        self.address = _address(context.url)

    def get(self, path: str, **query: str | int | float | bool | None) -> Answer:
        """Read a document."""
        return self.call("GET", path, query=query)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request; raises Refusal for an error answer and Failure when nobody answers."""
        with self._answer(method, path, body, query or {}, headers or {}, self.timeout_s) as answer:
            text = answer.read().decode("utf-8", "replace")
            if self.noticed is not None and (name := answer.getheader(CATALOGUE)):
                self.noticed(name)
            if answer.status >= REFUSED:
                raise Refusal(answer.status, _object(text))
            return Answer(text, {name.lower(): value for name, value in answer.getheaders()})

    def stream(self, path: str, query: Query, idle_s: float | None = None) -> Iterator[StreamEvent]:
        """Server-sent events until the server ends them; TimeoutError after `idle_s` without a byte."""
        accept = {"Accept": "text/event-stream"}
        with self._answer("GET", path, None, query, accept, idle_s) as answer:
            if answer.status >= REFUSED:
                raise Refusal(answer.status, _object(answer.read().decode("utf-8", "replace")))
            yield from _events(answer)

    @contextmanager
    def _answer(
        self,
        method: str,
        path: str,
        body: Any,
        query: Query,
        headers: Mapping[str, str],
        timeout_s: float | None,
    ) -> Iterator["HTTPResponse"]:
        from http.client import HTTPException  # 15 ms that help and completion of verbs do without

        connection = self._connection(timeout_s)
        try:
            content = None if body is None else json.dumps(body).encode()
            connection.request(method, self._target(path, query), content, self._headers(headers, content))
            yield connection.getresponse()
        except (ConnectionError, HTTPException, OSError) as error:
            if isinstance(error, TimeoutError | BrokenPipeError) and timeout_s != self.timeout_s:
                raise
            raise Failure(
                f"cannot reach the API at {self.context.url}: {error}",
                "is `mxc up` running? `--url`, MXC_COORDINATOR or PORT say where it is",
                UNREACHABLE,
            ) from None
        finally:
            connection.close()

    def _connection(self, timeout_s: float | None) -> "HTTPConnection":
        from http.client import HTTPConnection, HTTPSConnection

        kind = HTTPSConnection if self.address.scheme == "https" else HTTPConnection
        return kind(self.address.hostname or "", self.address.port, timeout=timeout_s)

    def _target(self, path: str, query: Query) -> str:
        given = {name: _plain(value) for name, value in query.items() if value is not None}
        return f"{self.address.path}/api{path}" + (f"?{urlencode(given)}" if given else "")

    def _headers(self, extra: Mapping[str, str], content: bytes | None) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": "mxc-cli", **extra}
        if self.context.token:
            headers["Authorization"] = f"Bearer {self.context.token}"
        if self.context.partition:
            headers["X-Partition-Id"] = self.context.partition
        if content is not None:
            headers.setdefault("Content-Type", "application/json")
        return headers


def segment(text: str) -> str:
    """A piece of a path, quoted."""
    return quote(text, safe="")


def _address(url: str) -> SplitResult:
    try:
        address = urlsplit(url)
        _ = address.port
    except ValueError as error:
        raise Failure(f"{url!r} is no URL: {error}", "for example http://127.0.0.1:4000", USAGE) from None
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise Failure(f"{url!r} is no http(s) URL", "for example http://127.0.0.1:4000", USAGE)
    return address


def _plain(value: str | int | float | bool | None) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _object(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        return {"error": text.strip()[:300]}
    return document if isinstance(document, dict) else {"error": str(document)}


def _events(answer: "HTTPResponse") -> Iterator[StreamEvent]:
    event_id, kind, lines = "", "message", list[str]()
    while raw := answer.readline():
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line and lines:
            yield StreamEvent(event_id, kind, "\n".join(lines))
        if not line:
            kind, lines = "message", []
        elif name == "data":
            lines.append(value)
        elif name == "event":
            kind = value
        elif name == "id":
            event_id = value
