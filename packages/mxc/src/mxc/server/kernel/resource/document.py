"""A row as JSON-ready data."""

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

DURATION: Final = TypeAdapter(timedelta)


def document_of(row: Any, names: tuple[str, ...], now: datetime) -> dict[str, Any]:
    """The named columns and computed properties of a row, at `now`."""
    row.set_now(now)
    return {name: plain(getattr(row, name)) for name in names}


def plain(value: Any) -> Any:
    """UUIDs and enums as text, times as ISO 8601, instants in UTC; everything else as it is."""
    match value:
        case Enum():
            return value.value
        case UUID():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case timedelta():
            return DURATION.dump_python(value, mode="json")
        case [*_]:
            return [plain(each) for each in value]
    return value
