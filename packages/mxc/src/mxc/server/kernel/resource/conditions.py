"""What lists can be asked: which columns and computed fields, by which operators, and that as SQL.

Query strings of every surface are read into these, so that one word means one thing everywhere.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import BigInteger, ColumnElement, Integer, String, and_, or_, true

from mxc.server.kernel.resource.columns import annotation_of, python_type, without_none
from mxc.server.kernel.resource.fields.bags import Plain
from mxc.server.kernel.resource.selector import selector
from mxc.server.kernel.resource.spec import Field, Spec

UNASKED: Final = frozenset({"secret", "dict", "list", "json", "encrypted", "blind"})
BAGS: Final = frozenset({"labels", "tags", "strings", "choices"})
ORDERED: Final = (int, float, datetime, timedelta)
SAME: Final = ("eq", "ne", "in")
ORDER: Final = ("gt", "gte", "lt", "lte")
TEXT: Final = ("contains", "has", "starts")
HOLDS: Final = "holds"
NULL: Final = "is_null"
MOST_VALUES: Final = 200
LONGEST: Final = 2000


def askable(spec: Spec, sees: Collection[str] = ()) -> Mapping[str, tuple[str, ...]]:
    """Column or computed field → the operators it can be asked with, the one that needs no name first.

    Nothing that somebody may not see is among them.
    """
    return _askable(spec, frozenset(sees))


@lru_cache(maxsize=1024)
def _askable(spec: Spec, sees: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    fields = {each.name: _operators(spec, each) for each in spec.fields if _may_be_asked(each, sees)}
    computed = {name: _typed_operators(spec, name) for name in spec.expressions}
    return MappingProxyType(fields | computed)


def condition(
    spec: Spec, name: str, operator: str, text: str, now: datetime, sees: Collection[str] = ()
) -> ColumnElement[bool]:
    """`name` compared with what `text` says. Raises ValueError with what is wrong and what would be right."""
    known = askable(spec, sees)
    if name not in known:
        raise ValueError(unknown(name, known))
    if operator not in known[name]:
        raise ValueError(f"cannot be asked with {operator!r}: {', '.join(known[name])}")
    if len(text) > LONGEST or "\0" in text:
        raise ValueError(f"must be at most {LONGEST} characters, none of them NUL")
    value = spec.value(name, now)
    if operator == NULL:
        return _null(value, text)
    if operator == HOLDS:
        return _holding(spec.field(name), value, text)
    if name in {each.name for each in spec.fields} and spec.field(name).is_selectable:
        return _selected(spec.field(name), value, text)
    if operator in TEXT:
        return _certain(_texts(value, operator, text))
    if operator == "in":
        return one_of(value, _values(spec, name, text.split(",")))
    return _compared(value, operator, _values(spec, name, [text])[0])


def one_of(value: Any, several: list[Any]) -> ColumnElement[bool]:
    """The value is any of these."""
    found: ColumnElement[bool] = value.in_(several)
    return found


def unknown(name: str, known: Collection[str]) -> str:
    """What is said of a name that nothing has."""
    close = get_close_matches(name, known, n=1)
    return f"is not known: did you mean {close[0]}?" if close else "is not known"


def read(annotation: Any, text: str) -> Any:
    """The text as a value of that type. Raises ValueError."""
    if "\0" in text:
        raise ValueError("must not contain NUL characters")
    try:
        return TypeAdapter(annotation).validate_strings(text)
    except ValidationError as error:
        raise ValueError(error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")) from None


def _may_be_asked(field: Field, sees: Collection[str]) -> bool:
    if field.is_masked or field.name == "tenant_id" or (field.visible_to and field.name not in sees):
        return False
    return field.is_selectable or field.kind not in UNASKED


def _operators(spec: Spec, field: Field) -> tuple[str, ...]:
    null = (NULL,) if field.is_nullable else ()
    if field.is_selectable:
        return ("eq", *null) if field.kind == "labels" else ("eq", "contains", *null)
    if field.kind in BAGS:
        return (HOLDS, *null)
    return (*_typed_operators(spec, field.name), *null)


def _typed_operators(spec: Spec, name: str) -> tuple[str, ...]:
    annotation = annotation_of(spec.resource, name)
    kind = python_type(annotation)
    if kind is bool:
        return SAME
    if isinstance(kind, type) and issubclass(kind, ORDERED):
        return (*SAME, *ORDER)
    is_text = kind is str and (name in spec.expressions or _is_text(spec, name))
    return (*SAME, *TEXT) if is_text else SAME


def _is_text(spec: Spec, name: str) -> bool:
    return isinstance(spec.resource.__table__.c[name].type, String)


def _values(spec: Spec, name: str, texts: list[str]) -> list[Any]:
    if len(texts) > MOST_VALUES:
        raise ValueError(f"has more than {MOST_VALUES} values")
    found = [read(without_none(annotation_of(spec.resource, name)), each) for each in texts]
    kind = getattr(spec.resource, name).type if name not in spec.computed else None
    room = 63 if isinstance(kind, BigInteger) else 31 if isinstance(kind, Integer) else None
    for each in found:
        if room is not None and not -(2**room) <= each < 2**room:
            raise ValueError(f"{each} is more than it can hold")
    return found


def _null(value: Any, text: str) -> ColumnElement[bool]:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    found: ColumnElement[bool] = value.is_(None) if text == "true" else value.is_not(None)
    return found


def _selected(field: Field, value: Any, text: str) -> ColumnElement[bool]:
    if field.kind == "labels":
        return selector(text).condition(value)
    found: ColumnElement[bool] = value.contains(text.split(","))
    return found


def _holding(field: Field, value: Any, text: str) -> ColumnElement[bool]:
    """All of these: words for lists; `env=prod, gpu` for maps, a key alone whatever its value."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if field.kind != "labels":
        return _certain(value.contains(parts))
    terms: list[ColumnElement[bool]] = []
    for part in parts:
        key, equals, wanted = (piece.strip() for piece in part.partition("="))
        alike = or_(*(value.contains({key: each}) for each in _scalars(wanted)))
        terms.append(alike if equals else value.has_key(key))
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


def _texts(value: Any, operator: str, text: str) -> Any:
    match operator:
        case "contains":
            return value.contains(text, autoescape=True)
        case "has":
            return value.icontains(text, autoescape=True)
    return value.startswith(text, autoescape=True)


def _certain(found: Any) -> ColumnElement[bool]:
    made: ColumnElement[bool] = found
    return made


def _compared(value: Any, operator: str, other: Any) -> ColumnElement[bool]:
    match operator:
        case "eq":
            return one_of(value, [other])
        case "ne":
            # What is empty is not equal to anything, which is what somebody means who leaves others out.
            return _certain(value.is_distinct_from(other))
        case "gt":
            return _certain(value > other)
        case "gte":
            return _certain(value >= other)
        case "lt":
            return _certain(value < other)
    return _certain(value <= other)
