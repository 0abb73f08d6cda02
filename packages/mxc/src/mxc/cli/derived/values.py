"""What people write for a value, as the API takes it. Raises Failure for what cannot be meant."""

import getpass
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from mxc.cli.catalogue import Document
from mxc.cli.failures import USAGE, Failure

AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)")
UNITS: Final[Mapping[str, Mapping[str, float]]] = {
    "s": {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400},
    "MB": {"kb": 0.001, "mb": 1, "m": 1, "gb": 1000, "g": 1000, "tb": 1e6, "t": 1e6, "mib": 1.048576,
           "gib": 1073.741824, "tib": 1_099_511.627776},
}  # fmt: skip


def value_of(asked: Document, given: Any, option: str) -> Any:
    """The value of an input as the API takes it; `given` is a text, a number, a flag, or a list of texts."""
    match asked["kind"]:
        case "map":
            return pairs(given, option)
        case "scalars":
            return {name: scalar(text) for name, text in pairs(given, option).items()}
        case "json":
            return _json(given, option)
        case "integer" | "number" if isinstance(given, str):
            return amount(given, str(asked.get("unit", "")), option)
    return given


def pairs(given: Iterable[str], option: str) -> dict[str, str]:
    """`NAME=VALUE`, each; later ones win."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise Failure(f"{option} {text!r} is no NAME=VALUE", exit_code=USAGE)
        found[name] = value
    return found


def scalar(text: str) -> Any:
    """JSON's numbers and true/false as such, everything else as the text it is."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text


def amount(text: str, unit: str, option: str) -> int | float:
    """`90`, and where the unit is known also `1.5h` of seconds or `2GB` of megabytes."""
    found, units = AMOUNT.fullmatch(text.strip()), UNITS.get(unit, {})
    factor = None if found is None else units.get(found[2].lower()) if found[2] else 1
    if found is None or factor is None:
        known = f", or one with {', '.join(units)}" if units else ""
        raise Failure(f"{option} {text!r} is no number{known}", exit_code=USAGE)
    number = float(found[1]) * factor
    return round(number) if number == round(number) else number


def _json(given: Any, option: str) -> Any:
    text = _read(Path(given[1:]), option) if given.startswith("@") else given
    try:
        return json.loads(text)
    except ValueError as error:
        raise Failure(
            f"{option} is no JSON: {error}", "@FILE reads a file, for example @settings.json", USAGE
        ) from None


class Secrets:
    """Reads values that must not be in a command line: from files, standard input, or the keyboard."""

    def __init__(self) -> None:
        self._lines: Iterator[str] | None = None

    def read(self, asked: Document, source: str, option: str) -> Any:
        """From a file, or with `-` from standard input: the next line, for a map everything that is left."""
        is_map = asked["kind"] in {"map", "scalars", "json"}
        if source != "-":
            text = _read(Path(source), option)
        elif is_map:
            text = "".join(self._input())
        else:
            text = next(self._input(), "")
        if not is_map:
            return text.rstrip("\r\n")
        if asked["kind"] == "json":
            return _json(text.removeprefix("@"), option)
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        return value_of(asked, lines, option)

    def ask(self, asked: Document, option: str) -> str:
        """From the keyboard, unseen. Raises Failure where nobody sits."""
        if not sys.stdin.isatty():
            raise Failure(
                f"{asked['name']} is required, and is not read from the command line",
                f"{option} FILE reads it, {option} - takes it from standard input",
                USAGE,
            )
        return getpass.getpass(f"{str(asked['name']).replace('_', ' ').capitalize()}: ")

    def _input(self) -> Iterator[str]:
        self._lines = self._lines or iter(sys.stdin)
        return self._lines


def _read(path: Path, option: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Failure(f"{option}: cannot read {path}: {error}", exit_code=USAGE) from None
