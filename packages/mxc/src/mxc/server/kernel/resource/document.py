"""A row as JSON-ready data."""

from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID


def document_of(row: Any, names: tuple[str, ...], now: datetime) -> dict[str, Any]:
    """The named columns and computed properties of a row, at `now`."""
    row.set_now(now)
    return {name: plain(getattr(row, name)) for name in names}


def plain(value: Any) -> Any:
    """UUIDs and enums as text, instants as ISO 8601 in UTC; everything else as it is."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value
