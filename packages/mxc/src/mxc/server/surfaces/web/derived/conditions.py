"""What a list was asked for, in the words of its address: `?q=ada&role=admin,owner&created_at.since=7d`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, String, and_, cast, or_

from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.resource import Spec
from mxc.server.kernel.resource.columns import annotation_of, enum_of
from mxc.server.kernel.resource.conditions import BAGS, LONGEST, NULL, askable, condition
from mxc.server.kernel.resource.keyset import Keyset, keyset, sortable
from mxc.server.surfaces.web.derived.subject import Subject, is_hidden

RESERVED: Final = frozenset({"q", "sort", "cursor"})
AGO: Final = re.compile(r"(\d{1,5})([smhdw])")
UNITS: Final = MappingProxyType({"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"})
MOST_TEXTS: Final = 8
MOST_WORDS: Final = 8

EMPTY: Final = "empty"
OPERATORS: Final = MappingProxyType(
    {"has": "has", "since": "gte", "until": "lte", "gte": "gte", "lte": "lte"}
)
"""What stands behind the dot, in the words of the kernel."""


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
    asked = askable(spec, sees)
    columns = [each.name for each in spec.fields if each.name in asked and not is_hidden(each)]
    return [_filter(spec, name, asked[name]) for name in (*spec.expressions, *columns)]


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
            where.append(_condition(subject.spec, known.get(name), operator, text, now, sees))
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


def _filter(spec: Spec, name: str, asked: Sequence[str]) -> Filter:
    kind, choices = _kind_and_choices(spec, name)
    label = name.removeprefix("is_").removesuffix("_id").replace("_", " ")
    empty = ((EMPTY, "is empty"),) if NULL in asked else ()
    if kind in BAGS:
        return Filter(name, label, "text", (("", "holds"), *empty))
    if choices:
        return Filter(name, label, "choice", (("", "is"), *empty), choices)
    if kind == "instant":
        return Filter(name, label, "time", (("since", "since"), ("until", "until"), *empty))
    if "gte" in asked:
        ways = (("", "is"), ("gte", "at least"), ("lte", "at most"))
        return Filter(name, label, "number", (*ways, *empty))
    if "has" in asked:
        return Filter(name, label, "text", (("has", "contains"), ("", "is"), *empty))
    return Filter(name, label, "id" if kind in ("key", "uuid") else "text", (("", "is"), *empty))


def _kind_and_choices(spec: Spec, name: str) -> tuple[str, tuple[str, ...]]:
    annotation = annotation_of(spec.resource, name)
    choices = tuple(str(each.value) for each in enum_of(annotation) or ())
    if annotation is bool or (name not in spec.computed and spec.field(name).kind in ("flag", "bool")):
        choices = ("true", "false")
    return ("", choices) if name in spec.computed else (spec.field(name).kind, choices)


def _condition(
    spec: Spec, known: Filter | None, suffix: str, text: str, now: datetime, sees: frozenset[str]
) -> ColumnElement[bool]:
    if known is None:
        raise ValueError("is nothing that this list can be narrowed by")
    if suffix not in {each for each, _ in known.operators}:
        raise ValueError(f"cannot be asked {suffix!r}")
    if suffix == EMPTY:
        return condition(spec, known.name, NULL, "false" if text == "false" else "true", now, sees)
    possible = askable(spec, sees)[known.name]
    several = "in" if "in" in possible and known.kind != "text" else possible[0]
    try:
        return condition(spec, known.name, OPERATORS.get(suffix, several), _said(known, text, now), now, sees)
    except ValueError as error:
        raise ValueError(f"{error}; or 1h, 7d ago" if known.kind == "time" else str(error)) from None


def _said(known: Filter, text: str, now: datetime) -> str:
    """`7d` → the time that was; all else as it stands."""
    if known.kind == "time" and (ago := AGO.fullmatch(text.strip())):
        return (now - timedelta(**{UNITS[ago[2]]: int(ago[1])})).isoformat()
    return text if known.kind == "text" else text.strip()


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


def _searched(subject: Subject) -> Iterator[Any]:
    asked = askable(subject.spec)
    shown = [each for each in subject.spec.fields if each.name in asked and not is_hidden(each)]
    texts = [each for each in shown if "has" in asked[each.name] or each.choices]
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
