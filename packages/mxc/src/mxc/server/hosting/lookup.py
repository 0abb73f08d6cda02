"""Rows by what people type: a whole id, or enough of its beginning."""

import re
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, String, cast

from mxc.server.hosting.request import Call
from mxc.server.kernel.errors import Conflict, NotFound
from mxc.server.kernel.resource import spec_of

R = TypeVar("R")
SHORTEST: Final = 6
BEGINNING: Final = re.compile(rf"[0-9a-f][0-9a-f-]{{{SHORTEST - 1},35}}")


async def find(call: Call, resource: type[R], text: str, visible: ColumnElement[bool] | None = None) -> R:
    """The row whose id is, or alone begins with, `text`. Raises NotFound, or Conflict when several do."""
    column: Any = getattr(resource, "id")  # noqa: B009 (every resource has one; the type does not say so)
    lowered = text.strip().lower()
    if not BEGINNING.fullmatch(lowered):
        raise _nothing(resource, text)
    exact = _uuid(lowered)
    condition = column == exact if exact else cast(column, String).startswith(lowered)
    conditions = [condition] if visible is None else [condition, visible]
    found = await call.core.select(call.actor, resource, *conditions, limit=2)
    if not found:
        raise _nothing(resource, text)
    if len(found) > 1:
        raise Conflict(
            f"more than one {_noun(resource)} begins with {lowered}",
            code="ambiguous-id",
            hint="give more of the id",
        )
    return found[0]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _nothing(resource: type[Any], text: str) -> NotFound:
    return NotFound(
        f"there is no {_noun(resource)} {text[:40]!r}",
        hint=f"give its id, or at least the first {SHORTEST} characters of it",
    )


def _noun(resource: type[Any]) -> str:
    return spec_of(resource).name.replace("_", " ")
