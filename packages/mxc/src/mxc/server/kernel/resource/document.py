"""A row as JSON-ready data."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from mxc.server.kernel.resource.unsealing import opened
from mxc.server.kernel.sealing.ring import KeyRing
from mxc.server.kernel.sealing.sealed import MASK, Sealed

AS_IT_IS: Final = frozenset({str, int, float, bool})
DURATION: Final = TypeAdapter(timedelta)


def document_of(
    row: Any,
    names: Iterable[str],
    now: datetime,
    hidden: Collection[str] = (),
    keys: KeyRing | None = None,
) -> dict[str, Any]:
    """The named columns and properties of a row, at `now`; of the hidden ones, that they are there.

    What is kept encrypted and not hidden is opened with `keys`.
    """
    row.set_now(now)
    return {name: mask(getattr(row, name)) if name in hidden else _shown(row, name, keys) for name in names}


def _shown(row: Any, name: str, keys: KeyRing | None) -> Any:
    value = getattr(row, name)
    if value is None or type(value) in AS_IT_IS:
        return value
    if isinstance(value, Sealed) and keys is not None:
        return opened(row, name, keys)
    return plain(value)


def mask(value: Any) -> Any:
    """What is shown of what must not be: that there is one; of a map of them: their names."""
    if value is None:
        return None
    return dict.fromkeys(value, MASK) if isinstance(value, Mapping) else MASK


def plain(value: Any) -> Any:
    """UUIDs and enums as text, times as ISO 8601, instants in UTC; everything else as it is."""
    match value:
        case Sealed():
            return MASK
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
