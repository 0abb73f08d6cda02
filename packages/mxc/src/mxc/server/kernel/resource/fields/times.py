"""Columns of time: instants, lengths of time, schedules."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from sqlalchemy import DateTime, Float, Interval, String
from sqlalchemy.orm import mapped_column

from mxc.server.kernel.resource.fields.cron import canonical
from mxc.server.kernel.resource.fields.look import Look

MAX_DURATION: Final = timedelta(days=3660)
_SPOKEN: Final = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")
_UNITS: Final = ("days", "hours", "minutes", "seconds", "milliseconds")


def _duration(value: object) -> object:
    """`1h30m`, `45s`, `250ms`; a number is seconds; anything else pydantic knows, such as `PT45S`."""
    if isinstance(value, bool):
        raise ValueError("must be a length of time")
    spoken = _SPOKEN.fullmatch(value.strip()) if isinstance(value, str) else None
    if spoken is None or not any(spoken.groups()):
        return value
    try:
        given = {unit: int(text) for unit, text in zip(_UNITS, spoken.groups(), strict=True) if text}
        return timedelta(**given)
    except OverflowError:
        raise ValueError("is longer than anything we wait for") from None


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if value != "UTC":
            raise ValueError("must be a time zone, such as Europe/Zurich or UTC") from None
    return value


Instant = Annotated[
    datetime,
    mapped_column(DateTime(timezone=True)),
    AwareDatetime,
    Look("instant", example="2026-03-01T12:00:00Z"),
]
Seconds = Annotated[
    float,
    mapped_column(Float(53)),
    Field(ge=0, le=366 * 86_400, allow_inf_nan=False, strict=True),
    Look("seconds", "s", example=30.0),
]
Duration = Annotated[
    timedelta,
    mapped_column(Interval),
    Field(ge=timedelta(0), le=MAX_DURATION),
    BeforeValidator(_duration, json_schema_input_type=str | float),
    Look("duration", example="PT1H30M"),
]
Cron = Annotated[
    str, mapped_column(String(120)), Field(max_length=120), AfterValidator(canonical),
    Look("cron", example="*/15 8-18 * * mon-fri"),
]  # fmt: skip
TimeZone = Annotated[
    str, mapped_column(String(64)), Field(min_length=1, max_length=64), AfterValidator(_time_zone),
    Look("time_zone", example="Europe/Zurich"),
]  # fmt: skip
