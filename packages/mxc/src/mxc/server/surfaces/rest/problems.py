"""Errors as answers: `{"error": …, "code": …, "hint": …}`; our six classes say their own status."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from mxc.server.kernel.errors import Invalid, MxcError

_log = logging.getLogger(__name__)
CODES: Final[Mapping[int, str]] = {
    HTTPStatus.NOT_FOUND: "no-such-path",
    HTTPStatus.METHOD_NOT_ALLOWED: "no-such-method",
}


def install(app: FastAPI) -> None:
    """Makes every error of the application such an answer."""
    app.add_exception_handler(MxcError, _ours)
    app.add_exception_handler(RequestValidationError, _parameters)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def problem(error: MxcError) -> Response:
    """One of our errors as an answer."""
    said: str | dict[str, list[str]] = error.message
    if isinstance(error, Invalid) and error.fields:
        said = error.fields
    extra = {"place": error.place, "details": error.details}
    headers = {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else {}
    if error.status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        headers["Retry-After"] = str(error.details.get("retry_after_s", 1))
    return _answer(error.status, said, error.code, error.hint, extra, headers)


async def _ours(_: Request, error: Exception) -> Response:
    assert isinstance(error, MxcError)
    return problem(error)


async def _parameters(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields: dict[str, list[str]] = {}
    for each in error.errors():
        fields.setdefault(str(each["loc"][-1]), []).append(str(each["msg"]))
    return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, fields, "invalid", "")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = f"{request.method} {request.url.path}: {error.detail}"
    hint = "the paths are listed at /api/docs"
    code = CODES.get(error.status_code, "http")
    return _answer(error.status_code, said, code, hint, headers=error.headers or {})


async def _unexpected(request: Request, error: Exception) -> Response:
    reference = uuid4().hex[:12]
    _log.error("%s %s failed [%s]", request.method, request.url.path, reference, exc_info=error)
    hint = f"the server's log says why under {reference}"
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "the server failed", "internal", hint)


def _answer(
    status: int,
    said: str | dict[str, list[str]],
    code: str,
    hint: str,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    beside = {name: value for name, value in (extra or {}).items() if value}
    content = msgspec.json.encode({"error": said, "code": code, "hint": hint, **beside}, enc_hook=str)
    return Response(content, status, headers, "application/json")
