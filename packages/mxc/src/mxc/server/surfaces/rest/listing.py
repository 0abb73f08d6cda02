"""Lists: which rows a query string asks for, in which order and in which pages."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement

from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.resource import Field, Spec
from mxc.server.kernel.resource.conditions import askable, condition, one_of, read, unknown
from mxc.server.kernel.resource.keyset import Keyset, keyset

PAGING: Final = ("limit", "cursor", "sort")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list was asked for: conditions for the database, others for the documents, and a page."""

    where: tuple[ColumnElement[bool], ...]
    computed: Mapping[str, frozenset[str]]
    limit: int
    order: Keyset


def filters_of(spec: Spec, sees: Collection[str] = ()) -> tuple[str, ...]:
    """The query parameters a list knows beside the page's; what somebody may not see they cannot guess at."""
    columns = (name for name in askable(spec, sees) if name not in spec.computed)
    return (*(name for name in columns if spec.field(name).kind != "text"), *spec.computed)


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
        raise ValueError(unknown(name, known))
    is_column = name not in spec.computed
    if is_column and (field := spec.field(name)).choices and not field.is_selectable:
        return one_of(spec.value(name, now), [_choice(field, each) for each in text.split(",")])
    operators = askable(spec, sees)[name]
    is_whole = "in" not in operators or (is_column and spec.field(name).kind == "name")
    return condition(spec, name, operators[0] if is_whole else "in", text, now, sees)


def _choice(field: Field, text: str) -> Any:
    if text not in field.choices:
        raise ValueError(f"must be one of {', '.join(field.choices)}")
    return read(field.annotation, text)


def _limit(spec: Spec, text: str, complaints: dict[str, list[str]]) -> int:
    most = spec.paging.most
    if not text:
        return spec.paging.default
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most):
        complaints["limit"] = [f"must be a number from 1 to {most}"]
        return spec.paging.default
    return int(text)
