"""Lists: which rows a query string asks for, in which order and in which pages."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement

from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.resource import Field, Spec
from mxc.server.kernel.resource.columns import annotation_of, without_none
from mxc.server.kernel.resource.keyset import Keyset, keyset
from mxc.server.kernel.resource.selector import selector

PAGING: Final = ("limit", "cursor", "sort")
UNSEARCHABLE: Final = frozenset(
    {"labels", "strings", "text", "secret", "dict", "list", "tags", "choices", "json", "encrypted", "blind"}
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list was asked for: conditions for the database, others for the documents, and a page."""

    where: tuple[ColumnElement[bool], ...]
    computed: Mapping[str, frozenset[str]]
    limit: int
    order: Keyset


def filters_of(spec: Spec, sees: Collection[str] = ()) -> tuple[str, ...]:
    """The query parameters a list knows beside the page's; what somebody may not see they cannot guess at."""
    columns = (each.name for each in spec.fields if _searchable(each, sees))
    return (*columns, *spec.computed)


def wanted(spec: Spec, query: Mapping[str, str], now: datetime, sees: Collection[str] = ()) -> Wanted:
    """Reads a query string. Raises Invalid naming every wrong parameter."""
    complaints: dict[str, list[str]] = {}
    where: list[ColumnElement[bool]] = []
    computed: dict[str, frozenset[str]] = {}
    for name, text in query.items():
        try:
            if name in spec.computed and name not in spec.expressions:
                computed[name] = frozenset(text.split(","))
            elif name not in PAGING:
                where.append(_condition(spec, name, text, now, sees))
        except ValueError as error:
            complaints[name] = [str(error)]
    limit = _limit(spec, query.get("limit", ""), complaints)
    order = _order(spec, query.get("sort", ""), now, complaints)
    if cursor := query.get("cursor", ""):
        try:
            where.append(order.after(cursor))
        except ValueError as error:
            complaints["cursor"] = [str(error)]
    if complaints:
        raise Invalid(fields=complaints)
    return Wanted(tuple(where), computed, limit, order)


def _order(spec: Spec, text: str, now: datetime, complaints: dict[str, list[str]]) -> Keyset:
    try:
        return keyset(spec, now, text.split(",") if text else ())
    except ValueError as error:
        complaints["sort"] = [str(error)]
        return keyset(spec, now)


def _condition(spec: Spec, name: str, text: str, now: datetime, sees: Collection[str]) -> ColumnElement[bool]:
    known = filters_of(spec, sees)
    if name not in known:
        close = get_close_matches(name, known, n=1)
        raise ValueError(f"is not known: did you mean {close[0]}?" if close else "is not known")
    column = spec.value(name, now)
    if name in spec.computed:
        annotation = without_none(annotation_of(spec.resource, name))
        return _in(column, [_read(annotation, each) for each in text.split(",")])
    field = spec.field(name)
    if field.is_selectable:
        is_map = field.kind == "labels"
        return selector(text).condition(column) if is_map else _contains(column, text.split(","))
    given = [text] if field.kind == "name" else text.split(",")
    return _in(column, [_value(field, each) for each in given])


def _contains(column: Any, values: list[str]) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.contains(values)
    return condition


def _in(column: Any, values: list[Any]) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.in_(values)
    return condition


def _value(field: Field, text: str) -> Any:
    if field.choices and text not in field.choices:
        raise ValueError(f"must be one of {', '.join(field.choices)}")
    return _read(field.annotation, text)


def _read(annotation: Any, text: str) -> Any:
    if "\0" in text:
        raise ValueError("must not contain NUL characters")
    try:
        return TypeAdapter(annotation).validate_strings(text)
    except ValidationError as error:
        raise ValueError(error.errors(include_url=False)[0]["msg"]) from None


def _searchable(field: Field, sees: Collection[str]) -> bool:
    if field.is_masked or field.name == "tenant_id" or (field.visible_to and field.name not in sees):
        return False
    return field.is_selectable or field.kind not in UNSEARCHABLE


def _limit(spec: Spec, text: str, complaints: dict[str, list[str]]) -> int:
    most = spec.paging.most
    if not text:
        return spec.paging.default
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most):
        complaints["limit"] = [f"must be a number from 1 to {most}"]
        return spec.paging.default
    return int(text)
