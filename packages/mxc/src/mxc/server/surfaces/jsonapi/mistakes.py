"""Errors as JSON:API has them: each with its status, code, the place of the mistake, and what to do."""

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Final
from uuid import uuid4

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from mxc.server.kernel.errors import Conflict, Forbidden, Invalid, MxcError
from mxc.server.surfaces.jsonapi.media import MEDIA

_log = logging.getLogger(__name__)
VERSION: Final = {"version": "1.1"}
WAITING: Final = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})
CODES: Final[Mapping[int, str]] = {404: "no-such-path", 405: "no-such-method"}


class BadQuery(Invalid):
    """The query string cannot be answered: `fields` are its parameters."""

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "bad-query"


class BadDocument(Invalid):
    """The body is JSON but no document of JSON:API: `fields` are pointers into it."""

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "bad-document"


class Mismatched(Conflict):
    """The type or id in the document is not that of the endpoint; `place` is a pointer."""

    default_code: ClassVar[str] = "mismatch"


class Unwritable(Forbidden):
    """JSON:API could say it, but it cannot be done to this resource; `place` is a pointer."""

    default_code: ClassVar[str] = "not-supported"


def refusal(error: MxcError) -> Response:
    """One of our errors as an answer."""
    headers = {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else {}
    if error.status in WAITING:
        headers["Retry-After"] = str(error.details.get("retry_after_s", 1))
    return _answer(error.status, objects_of(error), headers)


def objects_of(error: MxcError) -> list[dict[str, Any]]:
    """One error object for each complaint."""
    return list(_objects(error))


def _objects(error: MxcError) -> Iterator[dict[str, Any]]:
    meta = ({"hint": error.hint} if error.hint else {}) | error.details
    if not isinstance(error, Invalid) or not error.fields:
        is_pointer = error.place.startswith("/")
        source = {"pointer": error.place} if is_pointer else None
        meta |= {"place": error.place} if error.place and not is_pointer else {}
        yield _object(error.status, error.code, error.message, source, meta)
        return
    for name, complaints in error.fields.items():
        for complaint in complaints:
            yield _object(error.status, error.code, complaint, _source(error, name), meta)


def _source(error: Invalid, name: str) -> dict[str, str]:
    if isinstance(error, BadQuery):
        return {"parameter": name}
    return {"pointer": name if name.startswith("/") or not name else f"/data/attributes/{escaped(name)}"}


def escaped(name: str) -> str:
    """A member's name inside a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _object(
    status: int, code: str, detail: str, source: Mapping[str, str] | None, meta: Mapping[str, Any]
) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": uuid4().hex[:12], "status": str(status), "code": code,
        "title": HTTPStatus(status).phrase, "detail": detail,
    }  # fmt: skip
    if source:
        said["source"] = dict(source)
    return said | ({"meta": dict(meta)} if meta else {})


async def ours(_: Request, error: Exception) -> Response:
    """MxcError → answer."""
    assert isinstance(error, MxcError)
    return refusal(error)


async def http(request: Request, error: Exception) -> Response:
    """An unknown path or method."""
    assert isinstance(error, HTTPException)
    said = f"{request.method} {request.url.path}: {error.detail}"
    code = CODES.get(error.status_code, "http")
    meta = {"hint": "the paths are listed at /api/v2/openapi.json"}
    found = _object(error.status_code, code, said, None, meta)
    return _answer(error.status_code, [found], dict(error.headers or {}))


async def unexpected(request: Request, error: Exception) -> Response:
    """A mistake of ours: the log says which."""
    reference = uuid4().hex[:12]
    _log.error("%s %s failed [%s]", request.method, request.url.path, reference, exc_info=error)
    meta = {"hint": f"the server's log says why under {reference}"}
    return _answer(500, [_object(500, "internal", "the server failed", None, meta)], {})


def _answer(status: int, errors: list[dict[str, Any]], headers: Mapping[str, str]) -> Response:
    content = msgspec.json.encode({"errors": errors, "jsonapi": VERSION}, enc_hook=str)
    return Response(content, status, {**headers, "Vary": "Accept"}, MEDIA)
