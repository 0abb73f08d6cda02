"""What a person types into a field, as a value; and a value as what stands in the field."""

import shlex
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final

from mxc.server.kernel.resource import Field


class UnreadableError(ValueError):
    """What was typed cannot be a value of this field; the message says what could."""


def read(field: Field, raw: str | bool) -> Any:
    """The value typed; None when the field was left empty. Raises UnreadableError."""
    if isinstance(raw, bool):
        return raw
    if not raw.strip():
        return None
    return _READERS.get(field.kind, str)(raw)


def written(field: Field) -> str | bool:
    """What stands in the field before anybody types."""
    default = field.default
    if isinstance(default, bool):
        return default
    if isinstance(default, Enum):
        return str(default.value)
    if default is None or callable(default):
        return ""
    return f"{default:g}" if isinstance(default, float) else str(default)


def _number(raw: str) -> float:
    try:
        return float(raw.replace(",", "."))
    except ValueError:
        raise UnreadableError("must be a number") from None


def _whole(raw: str) -> int:
    number = _number(raw)
    if not number.is_integer():
        raise UnreadableError("must be a whole number")
    return int(number)


def _words(raw: str) -> list[str]:
    """Split as a shell would: quotes keep spaces together."""
    try:
        return shlex.split(raw)
    except ValueError as error:
        raise UnreadableError(f"{str(error).lower()}: quotes come in pairs") from None


def _labels(raw: str) -> dict[str, Any]:
    """One `name = value` per line."""
    found: dict[str, Any] = {}
    for line in filter(str.strip, raw.splitlines()):
        name, equals, value = line.partition("=")
        if not equals or not name.strip() or name.strip()[-1] in "<>":
            raise UnreadableError(
                f"{line.strip()!r}: write name = value, one per line (at least: name = >=64)"
            )
        found[name.strip()] = _scalar(value.strip())
    return found


def _scalar(raw: str) -> str | int | float | bool:
    if raw in ("true", "false"):
        return raw == "true"
    for kind in (int, float):
        try:
            return kind(raw)
        except ValueError:
            continue
    return raw


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "cores": _number,
    "number": _number,
    "seconds": _number,
    "megabytes": _whole,
    "count": _whole,
    "strings": _words,
    "labels": _labels,
}
