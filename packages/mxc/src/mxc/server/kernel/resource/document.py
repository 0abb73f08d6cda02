"""A row as JSON-ready data."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

MASK: Final = "•••"
DURATION: Final = TypeAdapter(timedelta)


def document_of(
    row: Any, names: Iterable[str], now: datetime, hidden: Collection[str] = ()
) -> dict[str, Any]:
    """The named columns and properties of a row, at `now`; of the hidden ones, that they are there."""
    row.set_now(now)
    return {name: (mask if name in hidden else plain)(getattr(row, name)) for name in names}


def mask(value: Any) -> Any:
    """What is shown of what must not be: that there is one; of a map of them: their names."""
    if value is None:
        return None
    return dict.fromkeys(value, MASK) if isinstance(value, Mapping) else MASK


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
