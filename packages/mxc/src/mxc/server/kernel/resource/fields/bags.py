"""Columns of many values: lists, sets, maps, and JSON of any shape; each bounded."""

import math
from enum import StrEnum
from json import dumps
from typing import Annotated, Any, Final, TypeAlias, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue
from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

from mxc.server.kernel.resource.fields.look import Check, Look
from mxc.server.kernel.resource.fields.numbers import MAX_INTEGER

MAX_STRINGS: Final = 1024 * 1024
MAX_LABELS: Final = 256
MAX_LABELS_TEXT: Final = 256 * 1024
MAX_TAGS: Final = 64
MAX_JSON: Final = 256 * 1024
MAX_DEPTH: Final = 16
_KEY: Final = r"^[A-Za-z0-9]([A-Za-z0-9._/-]{0,118}[A-Za-z0-9])?$"
_VALUE: Final = r"^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$"
ARRAY: Final = Check("jsonb_typeof({}) = 'array'")
OBJECT: Final = Check("jsonb_typeof({}) = 'object'")

E = TypeVar("E", bound=StrEnum)
Plain: TypeAlias = str | int | float | bool


def _scalar(value: object) -> object:
    if not isinstance(value, str | int | float | bool):
        raise ValueError("must be text, a number, true or false")
    return value


Scalar = Annotated[Plain, BeforeValidator(_scalar)]


class ChoiceList(TypeDecorator[list[StrEnum]]):
    """A JSON list whose members are of one enumeration."""

    impl = JSONB
    cache_ok = True

    def __init__(self, kind: type[StrEnum] | None = None) -> None:
        super().__init__()
        self.kind = kind

    def process_result_value(self, value: Any, dialect: Dialect) -> list[StrEnum] | None:
        """The members, as the enumeration has them."""
        return value if value is None or self.kind is None else [self.kind(each) for each in value]


def _bounded_strings(values: list[str]) -> list[str]:
    if sum(len(value) for value in values) > MAX_STRINGS:
        raise ValueError(f"all entries together must be at most {MAX_STRINGS} characters")
    return values


def _bounded_labels(labels: dict[str, Plain]) -> dict[str, Plain]:
    if len(labels) > MAX_LABELS:
        raise ValueError(f"at most {MAX_LABELS} entries")
    if sum(len(key) + len(str(value)) for key, value in labels.items()) > MAX_LABELS_TEXT:
        raise ValueError(f"all entries together must be at most {MAX_LABELS_TEXT} characters")
    for key, value in labels.items():
        _check_label(key, value)
    return labels


def _check_label(key: str, value: Plain) -> None:
    if not 1 <= len(key) <= 120:
        raise ValueError("a key has 1 to 120 characters")
    if isinstance(value, int | float) and not _is_exact(value):
        raise ValueError(f"{key!r} must be between -2^53 and 2^53")


def _is_exact(value: int | float) -> bool:
    """Larger ones come back as others: JSON in PostgreSQL is decimal, elsewhere it is binary."""
    return math.isfinite(value) and abs(value) <= MAX_INTEGER


def _bounded_json(value: Any) -> Any:
    _check_json(value, MAX_DEPTH)
    if len(dumps(value)) > MAX_JSON:
        raise ValueError(f"must be at most {MAX_JSON} characters of JSON")
    return value


def _check_json(value: Any, room: int) -> None:
    if room < 0:
        raise ValueError(f"must not be nested deeper than {MAX_DEPTH}")
    if isinstance(value, int | float) and not _is_exact(value):
        raise ValueError("must hold numbers between -2^53 and 2^53 only")
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            _check_json(each, room - 1)


def _sorted_once(values: list[str]) -> list[str]:
    return sorted(set(values))


def _each_once(values: list[E]) -> list[E]:
    return list(dict.fromkeys(values))


_Tag = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^\S+$")]
_LabelKey = Annotated[str, Field(pattern=_KEY)]
_LabelValue = Annotated[str, Field(pattern=_VALUE)]
Labels = Annotated[
    dict[str, Scalar],
    mapped_column(JSONB),
    AfterValidator(_bounded_labels),
    OBJECT,
    Look("labels", example={"zone": "eu-1", "memory_gb": 64, "gpu": True}),
]
Environment = Annotated[
    dict[str, Scalar],
    mapped_column(JSONB),
    AfterValidator(_bounded_labels),
    OBJECT,
    Look("labels", masked=True, example={"LOG_LEVEL": "info"}),
]
TextLabels = Annotated[
    dict[_LabelKey, _LabelValue],
    mapped_column(JSONB),
    Field(max_length=64),
    OBJECT,
    Look("labels", is_selectable=True, example={"env": "prod", "team": "core"}),
]
Strings = Annotated[
    list[str],
    mapped_column(JSONB),
    Field(max_length=10_000),
    AfterValidator(_bounded_strings),
    ARRAY,
    Look("strings", example=["--verbose", "60"]),
]
Tags = Annotated[
    list[_Tag],
    mapped_column(JSONB),
    Field(max_length=MAX_TAGS),
    AfterValidator(_sorted_once),
    ARRAY,
    Look("tags", is_selectable=True, example=["critical", "customer-facing"]),
]
Choices = Annotated[
    list[E],
    mapped_column(JSONB),
    Field(max_length=100),
    AfterValidator(_each_once),
    ARRAY,
    Look("choices"),
]
Json = Annotated[
    dict[str, JsonValue],
    mapped_column(JSONB),
    AfterValidator(_bounded_json),
    OBJECT,
    Look("json", example={"retries": 3, "labels": {"site": "a"}}),
]
