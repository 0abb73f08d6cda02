"""Lists: which rows a query string asks for, and in which pages."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, tuple_

from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.resource import Field, Spec

LIMIT: Final = 100
MOST: Final = 1000
PAGING: Final = ("limit", "cursor")
UNSEARCHABLE: Final = frozenset(
    {"labels", "strings", "text", "secret", "dict", "list", "tags", "choices", "json"}
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list was asked for: conditions for the database, others for the documents, and a page."""

    where: tuple[ColumnElement[bool], ...]
    computed: Mapping[str, frozenset[str]]
    limit: int
    after: tuple[datetime, UUID] | None


def filters_of(spec: Spec) -> tuple[str, ...]:
    """The query parameters a list knows beside `limit` and `cursor`."""
    columns = (each.name for each in spec.fields if _searchable(each))
    return (*columns, *spec.computed)


def wanted(spec: Spec, query: Mapping[str, str]) -> Wanted:
    """Reads a query string. Raises Invalid naming every wrong parameter."""
    complaints: dict[str, list[str]] = {}
    where, computed = [], dict[str, frozenset[str]]()
    for name, text in query.items():
        try:
            if name in spec.computed:
                computed[name] = frozenset(text.split(","))
            elif name not in PAGING:
                where.append(_condition(spec, name, text))
        except ValueError as error:
            complaints[name] = [str(error)]
    limit = _limit(query.get("limit", ""), complaints)
    after = _after(query.get("cursor", ""), complaints)
    if complaints:
        raise Invalid(fields=complaints)
    return Wanted(tuple(where), computed, limit, after)


def page(spec: Spec, want: Wanted, newest_first: bool) -> tuple[list[ColumnElement[bool]], list[Any]]:
    """The conditions and the order of one page."""
    columns = [_column(spec, "created_at"), _column(spec, "id")]
    where = list(want.where)
    if want.after is not None:
        here, last = tuple_(*columns), tuple_(*want.after)
        where.append(here < last if newest_first else here > last)
    order = [each.desc() if newest_first else each.asc() for each in columns]
    return where, order


def cursor_after(row: Any) -> str:
    """Where a page that ends with this row goes on."""
    text = f"{row.created_at.isoformat()} {row.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _condition(spec: Spec, name: str, text: str) -> ColumnElement[bool]:
    if name not in filters_of(spec):
        close = get_close_matches(name, filters_of(spec), n=1)
        raise ValueError(f"is not known: did you mean {close[0]}?" if close else "is not known")
    field = spec.field(name)
    given = [text] if field.kind == "name" else text.split(",")
    condition: ColumnElement[bool] = _column(spec, name).in_([_value(field, each) for each in given])
    return condition


def _value(field: Field, text: str) -> Any:
    if field.choices and text not in field.choices:
        raise ValueError(f"must be one of {', '.join(field.choices)}")
    if "\0" in text:
        raise ValueError("must not contain NUL characters")
    try:
        return TypeAdapter(field.annotation).validate_strings(text)
    except ValidationError as error:
        raise ValueError(error.errors(include_url=False)[0]["msg"]) from None


def _searchable(field: Field) -> bool:
    return not field.is_masked and field.name != "tenant_id" and field.kind not in UNSEARCHABLE


def _column(spec: Spec, name: str) -> Any:
    return getattr(spec.resource, name)


def _limit(text: str, complaints: dict[str, list[str]]) -> int:
    if not text:
        return LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MOST):
        complaints["limit"] = [f"must be a number from 1 to {MOST}"]
        return LIMIT
    return int(text)


def _after(text: str, complaints: dict[str, list[str]]) -> tuple[datetime, UUID] | None:
    if not text:
        return None
    try:
        plain = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode("ascii")
        at, _, row_id = plain.partition(" ")
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise ValueError("no time zone")
        return instant, UUID(row_id)
    except (ValueError, binascii.Error):
        complaints["cursor"] = ["is not one that we gave: take `next` of the page before"]
        return None
