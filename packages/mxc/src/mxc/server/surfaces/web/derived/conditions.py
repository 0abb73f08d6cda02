"""What a list was asked for, in the words of its address: `?q=ada&role=admin,owner&created_at.since=7d`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, String, and_, cast, not_, or_, true

from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.resource import Field, Spec
from mxc.server.kernel.resource.columns import without_none
from mxc.server.kernel.resource.fields.bags import Plain
from mxc.server.kernel.resource.keyset import Keyset, keyset, sortable
from mxc.server.surfaces.web.derived.subject import Subject, is_hidden

TEXTS: Final = frozenset({"name", "slug", "email", "hostname", "url", "text", "cron", "str", "time_zone"})
NUMBERS: Final = frozenset(
    {"cores", "megabytes", "count", "seconds", "number", "whole", "port", "percentage", "int", "float"}
)
BAGS: Final = frozenset({"labels", "tags", "strings", "choices"})
RESERVED: Final = frozenset({"q", "sort", "cursor"})
AGO: Final = re.compile(r"(\d{1,5})([smhdw])")
UNITS: Final = MappingProxyType({"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"})
MOST_TEXTS: Final = 8
MOST_WORDS: Final = 8
LONGEST: Final = 2000

AT_LEAST: Final = "gte"
AT_MOST: Final = "lte"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list can be narrowed by: its name, how it is judged, what there is to choose from."""

    name: str
    label: str
    kind: str
    operators: tuple[tuple[str, str], ...]
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Conditions and order of one list."""

    where: tuple[ColumnElement[bool], ...]
    order: Keyset


def filters_of(subject: Subject, sees: frozenset[str]) -> list[Filter]:
    """What a list of this resource can be narrowed by, for somebody who sees these guarded fields."""
    spec = subject.spec
    found = [_filter(each) for each in spec.fields if _may_ask(each, sees)]
    computed = [Filter(name, name.replace("_", " "), "text", (("", "is"),)) for name in spec.expressions]
    return [each for each in (*computed, *found) if each is not None]


def wanted(subject: Subject, query: Mapping[str, str], now: datetime, sees: frozenset[str]) -> Wanted:
    """Reads the words of an address. Raises Invalid with what is wrong, by parameter."""
    known = {each.name: each for each in filters_of(subject, sees)}
    complaints: dict[str, list[str]] = {}
    where = [found for found in [_search(subject, query.get("q", ""))] if found is not None]
    for key, text in query.items():
        if key in RESERVED:
            continue
        name, _, operator = key.partition(".")
        try:
            where.append(_condition(subject.spec, known.get(name), operator, text, now))
        except ValueError as error:
            complaints[key] = [str(error)]
    order = _order(subject, query.get("sort", ""), now, complaints)
    if cursor := query.get("cursor", ""):
        try:
            where.append(order.after(cursor))
        except ValueError as error:
            complaints["cursor"] = [str(error)]
    if complaints:
        raise Invalid(fields=complaints)
    return Wanted(tuple(where), order)


def default_order(subject: Subject) -> tuple[str, ...]:
    """How a list is sorted until somebody says otherwise: by what people read first."""
    first = subject.naming
    is_by_time = subject.is_journal or first == "id" or first not in sortable(subject.spec)
    if is_by_time and not subject.is_journal:
        return ("-created_at",)
    return subject.spec.paging.order if is_by_time else (first,)


def _filter(field: Field) -> Filter | None:
    label = field.name.removeprefix("is_").removesuffix("_id").replace("_", " ")
    empty = (("empty", "is empty"),) if field.is_nullable else ()
    if field.choices and field.kind != "choices":
        return Filter(field.name, label, "choice", (("", "is"), *empty), field.choices)
    match field.kind:
        case "flag" | "bool":
            return Filter(field.name, label, "choice", (("", "is"), *empty), ("true", "false"))
        case "instant":
            return Filter(field.name, label, "time", (("since", "since"), ("until", "until"), *empty))
        case kind if kind in NUMBERS:
            ways = (("", "is"), (AT_LEAST, "at least"), (AT_MOST, "at most"))
            return Filter(field.name, label, "number", (*ways, *empty))
        case kind if kind in BAGS:
            return Filter(field.name, label, "text", (("", "holds"),))
        case "key" | "uuid":
            return Filter(field.name, label, "id", (("", "is"), *empty))
        case kind if kind in TEXTS:
            return Filter(field.name, label, "text", (("has", "contains"), ("", "is"), *empty))
    return None


def _may_ask(field: Field, sees: frozenset[str]) -> bool:
    if is_hidden(field) or field.is_masked or field.is_sealed:
        return False
    return not field.visible_to or field.name in sees


def _condition(
    spec: Spec, known: Filter | None, operator: str, text: str, now: datetime
) -> ColumnElement[bool]:
    if known is None:
        raise ValueError("is nothing that this list can be narrowed by")
    if operator not in {each for each, _ in known.operators}:
        raise ValueError(f"cannot be asked {operator!r}")
    if "\0" in text or len(text) > LONGEST:
        raise ValueError("is not text that could be there")
    column = spec.value(known.name, now)
    if operator == "empty":
        is_empty: ColumnElement[bool] = column.is_(None)
        return is_empty if text != "false" else not_(is_empty)
    if known.name in spec.computed:
        computed: ColumnElement[bool] = cast(column, String).in_(text.split(","))
        return computed
    return _compared(spec.field(known.name), column, operator, text, now)


def _compared(field: Field, column: Any, operator: str, text: str, now: datetime) -> ColumnElement[bool]:
    found: ColumnElement[bool]
    match operator:
        case "has":
            found = column.icontains(text, autoescape=True)
        case "since" | "gte":
            found = column >= _value(field, text, now)
        case "until" | "lte":
            found = column <= _value(field, text, now)
        case _ if field.kind in BAGS:
            found = _holds(field, column, text)
        case _ if field.kind in TEXTS:
            found = column == text
        case _:
            found = column.in_([_value(field, each, now) for each in text.split(",")])
    return found


def _holds(field: Field, column: Any, text: str) -> ColumnElement[bool]:
    """`env=prod, gpu` for maps; words for lists."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if field.kind != "labels":
        held: ColumnElement[bool] = column.contains(parts)
        return held
    terms: list[ColumnElement[bool]] = []
    for part in parts:
        key, equals, value = (piece.strip() for piece in part.partition("="))
        alike = or_(*(column.contains({key: each}) for each in _scalars(value)))
        terms.append(alike if equals else column.has_key(key))
    return and_(true(), *terms)


def _scalars(text: str) -> Sequence[Plain]:
    """What a label that reads so may be."""
    found: list[Plain] = [text]
    if text in ("true", "false"):
        found.append(text == "true")
    for kind in (int, float):
        try:
            found.append(kind(text))
        except ValueError:
            continue
    return found


def _value(field: Field, text: str, now: datetime) -> Any:
    if field.kind == "instant" and (ago := AGO.fullmatch(text.strip())):
        return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    annotation = without_none(field.annotation)
    try:
        return TypeAdapter(annotation).validate_strings(text.strip())
    except ValidationError as error:
        said = error.errors(include_url=False)[0]["msg"]
        raise ValueError(f"{said}; or 1h, 7d ago" if field.kind == "instant" else said) from None


def _search(subject: Subject, text: str) -> ColumnElement[bool] | None:
    """Rows where each word is in some text, or begins the id."""
    words = text[:LONGEST].replace("\0", "").split()[:MOST_WORDS]
    if not words:
        return None
    columns = list(_searched(subject))
    row_id = cast(subject.spec.resource.id, String)
    return and_(
        *(
            or_(row_id.startswith(word.lower(), autoescape=True),
                *(column.icontains(word, autoescape=True) for column in columns))
            for word in words
        )
    )  # fmt: skip


def _searched(subject: Subject) -> Any:
    fields = [each for each in subject.spec.fields if _may_ask(each, frozenset())]
    texts = [each for each in fields if each.kind in TEXTS or each.choices]
    ranked = sorted(texts, key=lambda each: each.name not in subject.columns)
    for each in ranked[:MOST_TEXTS]:
        column = getattr(subject.spec.resource, each.name)
        yield cast(column, String) if each.choices else column


def _order(subject: Subject, text: str, now: datetime, complaints: dict[str, list[str]]) -> Keyset:
    declared = default_order(subject)
    try:
        return keyset(subject.spec, now, text.split(",") if text else declared)
    except ValueError as error:
        complaints["sort"] = [str(error)]
        return keyset(subject.spec, now, declared)
