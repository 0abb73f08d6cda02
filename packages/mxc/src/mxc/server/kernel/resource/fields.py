"""The types of columns. SQLAlchemy reads one half of each, pydantic the other, pages and rules its `Look`.

Bounds are declared once: pydantic refuses what breaks them at the door, a CHECK in the table does the rest.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from sqlalchemy import BigInteger, Boolean, DateTime, Float, String
from sqlalchemy import Text as SqlText
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column

MAX_TEXT: Final = 32 * 1024
MAX_STRINGS: Final = 1024 * 1024
MAX_LABELS: Final = 256
MAX_LABELS_TEXT: Final = 256 * 1024
MAX_INTEGER: Final = 2**53
MAX_CORES: Final = 100_000
MAX_MEGABYTES: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Look:
    """What a column is to a human and to a rule.

    A `secret` is never shown; a `masked` one is shown to whoever may read the row, but never audited.
    """

    kind: str
    unit: str = ""
    secret: bool = False
    masked: bool = False


def _scalar(value: object) -> object:
    if not isinstance(value, str | int | float | bool):
        raise ValueError("must be text, a number, true or false")
    return value


Plain: TypeAlias = str | int | float | bool
Scalar = Annotated[Plain, BeforeValidator(_scalar)]


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
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{key!r} must be a finite number")
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise ValueError(f"{key!r} must be between -2^53 and 2^53")


Key = Annotated[UUID, Look("key")]
Name = Annotated[str, mapped_column(String(120)), Field(min_length=1, max_length=120), Look("name")]
Text = Annotated[str, mapped_column(SqlText), Field(max_length=MAX_TEXT), Look("text")]
Cores = Annotated[
    float,
    mapped_column(Float(53)),
    Field(gt=0, le=MAX_CORES, allow_inf_nan=False, strict=True),
    Look("cores", "cores"),
]
NonNegative = Annotated[
    float, mapped_column(Float(53)), Field(ge=0, le=1e15, allow_inf_nan=False, strict=True), Look("number")
]
Seconds = Annotated[
    float,
    mapped_column(Float(53)),
    Field(ge=0, le=366 * 86_400, allow_inf_nan=False, strict=True),
    Look("seconds", "s"),
]
Megabytes = Annotated[
    int, mapped_column(BigInteger), Field(gt=0, le=MAX_MEGABYTES, strict=True), Look("megabytes", "MB")
]
Count = Annotated[int, mapped_column(BigInteger), Field(ge=0, le=MAX_INTEGER, strict=True), Look("count")]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True)), AwareDatetime, Look("instant")]
Labels = Annotated[dict[str, Scalar], mapped_column(JSONB), AfterValidator(_bounded_labels), Look("labels")]
Environment = Annotated[
    dict[str, Scalar], mapped_column(JSONB), AfterValidator(_bounded_labels), Look("labels", masked=True)
]
Strings = Annotated[
    list[str],
    mapped_column(JSONB),
    Field(max_length=10_000),
    AfterValidator(_bounded_strings),
    Look("strings"),
]
Flag = Annotated[bool, mapped_column(Boolean), Field(strict=True), Look("flag")]
Secret = Annotated[str, mapped_column(SqlText), Field(max_length=MAX_TEXT), Look("secret", secret=True)]
