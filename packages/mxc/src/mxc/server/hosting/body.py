"""A request's body as a JSON object: bounded, strict, and refused with the place of the mistake."""

from typing import Annotated, Any, ClassVar, Final

import msgspec
from fastapi import Depends, Request

from mxc.server.kernel.errors import Invalid

MAX_BODY: Final = 4 * 1024 * 1024
MAX_DEPTH: Final = 32


class Malformed(Invalid):
    """The body is no JSON object; `place` is line:column where that can be told."""

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "malformed"


class TooLarge(Invalid):
    """The body is larger than we read."""

    status: ClassVar[int] = 413
    default_code: ClassVar[str] = "too-large"


async def json_object(request: Request) -> dict[str, Any]:
    """The body as an object; an empty body is an empty object. Raises Malformed, TooLarge."""
    content = await _content(request)
    if not content.strip():
        return {}
    try:
        document = msgspec.json.decode(content)
    except (ValueError, RecursionError) as error:
        raise _malformed(content, error) from None
    if not isinstance(document, dict):
        raise Malformed(
            f"the body must be a JSON object, not {_kind(document)}", hint='for example {"name": "value"}'
        )
    if _depth(document) > MAX_DEPTH:
        raise Malformed(f"the body is nested deeper than {MAX_DEPTH} levels")
    return document


async def _content(request: Request) -> bytes:
    stated = request.headers.get("content-length", "0")
    if stated.isdigit() and int(stated) > MAX_BODY:
        raise _too_large()
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_BODY:
            raise _too_large()
    return bytes(content)


def _too_large() -> TooLarge:
    return TooLarge(f"the body is larger than {MAX_BODY // 2**20} MiB")


def _malformed(content: bytes, error: Exception) -> Malformed:
    message, _, position = str(error).removeprefix("JSON is malformed: ").partition(" (byte ")
    at = position.rstrip(")")
    place = _place(content, int(at)) if at.isdigit() else ""
    where = f" at {place}" if place else ""
    return Malformed(f"the body is no JSON: {message}{where}", place=place, hint="send UTF-8 JSON (RFC 8259)")


def _place(content: bytes, position: int) -> str:
    before = content[:position]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    return f"{line}:{column}"


def _kind(document: Any) -> str:
    names = {list: "an array", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(document), "a number")


def _depth(document: Any) -> int:
    level, depth = [document], 0
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [each for item in level for each in _children(item) if isinstance(each, dict | list)]
    return depth


def _children(item: Any) -> list[Any]:
    return list(item.values()) if isinstance(item, dict) else item


Body = Annotated[dict[str, Any], Depends(json_object)]
