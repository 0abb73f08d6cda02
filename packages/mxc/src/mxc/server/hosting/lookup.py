"""Rows by what people type: a whole id, enough of its beginning, or what the row is called."""

import re
from collections.abc import Iterator
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
    """The row whose id is, or alone begins with, `text`; else the one that is called so.

    Raises NotFound, or Conflict when several are.
    """
    lowered = text.strip().lower()
    for condition, said, hint in _meanings(resource, text, lowered):
        conditions = [condition] if visible is None else [condition, visible]
        found = await call.core.select(call.actor, resource, *conditions, limit=2)
        if len(found) > 1:
            raise Conflict(f"more than one {_noun(resource)} {said}", code="ambiguous-id", hint=hint)
        if found:
            return found[0]
    raise _nothing(resource, text)


def _meanings(resource: type[Any], text: str, lowered: str) -> Iterator[tuple[ColumnElement[bool], str, str]]:
    """(condition, the same in words, what to do when it is met by several)."""
    if BEGINNING.fullmatch(lowered):
        exact = _uuid(lowered)
        is_meant = resource.id == exact if exact else cast(resource.id, String).startswith(lowered)
        yield is_meant, f"begins with {lowered}", "give more of the id"
    if resource.called is not None:
        yield getattr(resource, resource.called) == text, f"is called {text[:40]!r}", "give the id of one"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _nothing(resource: type[Any], text: str) -> NotFound:
    or_name = f", or its {resource.called}" if resource.called else ""
    return NotFound(
        f"there is no {_noun(resource)} {text[:40]!r}",
        hint=f"give its id, or at least the first {SHORTEST} characters of it{or_name}",
    )


def _noun(resource: type[Any]) -> str:
    return spec_of(resource).name.replace("_", " ")
