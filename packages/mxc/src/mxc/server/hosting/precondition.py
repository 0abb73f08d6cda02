"""Revisions over HTTP: the `ETag` of an answer, and the `If-Match` of who must not overwrite what others did.

The tag of a row is its revision and a digest of what is shown of it: `"3-9f86d081884c7d65"`. `If-None-Match`
asks for the very same answer; `If-Match` for the revision alone, so that a heartbeat refuses nobody's change.
"""

import re
from hashlib import blake2b
from typing import Any, ClassVar, Final

from fastapi import Request, Response

from mxc.server.kernel.errors import Conflict, Invalid
from mxc.server.kernel.perform import Expect

TAG: Final = re.compile(r'"(\d{1,15})(?:-[0-9a-f]{16})?"')
NOT_MODIFIED: Final = 304


class Outdated(Conflict):
    """The row is not the one that `If-Match` names any more."""

    status: ClassVar[int] = 412
    default_code: ClassVar[str] = "outdated"


class Unconditional(Conflict):
    """A change here has to say which revision it is of."""

    status: ClassVar[int] = 428
    default_code: ClassVar[str] = "precondition-required"


def tagged(request: Request, response: Response, row: Any = None) -> Response:
    """The answer with its tag; where `If-None-Match` names that tag already, only that it is the same."""
    digest = blake2b(response.body, digest_size=8).hexdigest()
    tag = f'"{digest}"' if row is None else f'"{row.revision}-{digest}"'
    if request.method in ("GET", "HEAD") and _is_known(request.headers.get("if-none-match", ""), tag):
        kept = {"vary": response.headers["vary"]} if "vary" in response.headers else {}
        return Response(None, NOT_MODIFIED, {"ETag": tag, **kept})
    response.headers["ETag"] = tag
    return response


def _is_known(known: str, tag: str) -> bool:
    return known.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in known.split(","))


def expected(request: Request, *, is_needed: bool = False) -> Expect | None:
    """What `If-Match` says; None without one, or for `*`.

    Raises Invalid for a tag that is not ours, and Unconditional where there must be one and is not.
    """
    text = request.headers.get("if-match", "").strip()
    if not text and is_needed:
        raise Unconditional(
            "this change has to say which revision it is of",
            hint="read it, then send its ETag in If-Match",
        )
    if text in ("", "*"):
        return None
    found = TAG.fullmatch(text)
    if found is None:
        raise Invalid("If-Match holds no ETag of ours", code="bad-etag", hint='it looks like "3"')
    return Expect(revision=int(found[1]))


def outdated(error: Conflict) -> Conflict:
    """A stale row, as an answer to `If-Match`."""
    return Outdated(error.message, hint="read it again, then decide anew", details=error.details)
