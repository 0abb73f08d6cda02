"""What a person types into a field, as a value; and a value as what stands in the field."""

import json
import shlex
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final, Protocol

from mxc.server.kernel.resource import Field
from mxc.server.kernel.resource.document import plain


class Readable(Protocol):
    """What has a kind: a column, or an input of a form."""

    @property
    def kind(self) -> str:
        """As its `Look` says it."""


class UnreadableError(ValueError):
    """What was typed cannot be a value of this field; the message says what could."""


def read(field: Readable, raw: str | bool) -> Any:
    """The value typed; None when the field was left empty. Raises UnreadableError."""
    if isinstance(raw, bool):
        return raw
    if not raw.strip():
        return None
    return _READERS.get(field.kind, str)(raw)


def written(field: Field) -> str | bool:
    """What stands in the field before anybody types."""
    return stands(field.kind, field.default)


def stands(kind: str, value: Any) -> str | bool:
    """What stands in a field that holds this value; a callable default is one that starts empty."""
    if isinstance(value, bool):
        return value
    if value is None or callable(value):
        return False if kind in FLAGS else ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime | timedelta):
        return str(plain(value))
    if kind == "json":
        return json.dumps(value, indent=2, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "\n".join(f"{name} = {_spelled(each)}" for name, each in value.items())
    if isinstance(value, list):
        return shlex.join(map(str, map(plain, value)))
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


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


def _json(raw: str) -> Any:
    try:
        return json.loads(raw)
    except ValueError as error:
        raise UnreadableError(f"is no JSON: {error}") from None


FLAGS: Final = frozenset({"flag", "bool"})
_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "cores": _number,
    "number": _number,
    "seconds": _number,
    "megabytes": _whole,
    "count": _whole,
    "percentage": _number,
    "float": _number,
    "whole": _whole,
    "port": _whole,
    "int": _whole,
    "strings": _words,
    "tags": _words,
    "choices": _words,
    "cidrs": _words,
    "ip_addresses": _words,
    "json": _json,
    "labels": _labels,
}
