"""How answers are printed: a table for people, the API's own document for programs."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from mxc.cli.api import Answer


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


Output = Annotated[
    Format,
    typer.Option("--output", "-o", help="table for people; json is the API's document as it came; yaml"),
]
Render = Callable[[Any], str]
COLOURS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("available", "running", "succeeded", "enforce", "ok", "yes"), "32"),
    **dict.fromkeys(("pending", "starting", "stopping", "draining", "shadow", "degraded"), "33"),
    **dict.fromkeys(("failed", "unavailable", "error"), "31"),
    **dict.fromkeys(("stopped", "draft", "no"), "2"),
}
GAP: Final = 2


def show(answer: Answer, output: Format, render: Render) -> None:
    """Print an answer in the wished format; people are told when there is more than was asked for."""
    sys.stdout.write(text_of(answer, output, render).rstrip("\n") + "\n")
    sys.stdout.flush()
    if output is Format.TABLE and answer.document.get("next"):
        warn("there are more; `--limit` shows up to 1000, other options narrow it down")


def text_of(answer: Answer, output: Format, render: Render) -> str:
    """An answer as text in the wished format."""
    if output is Format.JSON:
        return answer.text
    if output is Format.YAML:
        return yaml_of(answer.document)
    return render(answer.data)


def yaml_of(document: Any) -> str:
    """A document as YAML, in its own order."""
    import yaml  # 40 ms that a table does not need

    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], empty: str = "none") -> str:
    """Rows as aligned columns under upper-case titles; the widest cells shrink to the terminal's width."""
    cells = [[cell(row.get(column)) for column in columns] for row in rows]
    if not cells:
        return empty
    titles = [column.removesuffix("_s").replace("_", " ").upper() for column in columns]
    widths = _fit([max(map(len, column)) for column in zip(titles, *cells, strict=True)])
    lines = [_line(titles, widths), *(_line(row, widths) for row in cells)]
    return "\n".join(lines)


def facts(document: Mapping[str, Any], names: Sequence[str] = ()) -> str:
    """One document as `name  value` lines, the named ones first, empty ones left out."""
    order = [*names, *(name for name in document if name not in names)]
    shown = [(name, cell(document[name])) for name in order if document.get(name) not in (None, "", [], {})]
    width = max((len(name) for name, _ in shown), default=0)
    return "\n".join(f"{name.ljust(width)}  {_coloured(value, value)}" for name, value in shown)


def cell(value: Any) -> str:
    """A value in one line."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    if isinstance(value, dict):
        return ",".join(f"{name}={cell(item)}" for name, item in value.items()) or "-"
    if isinstance(value, list):
        return " ".join(map(cell, value)) or "-"
    return printable(str(value))


def printable(text: str) -> str:
    """Text that cannot steer a terminal: control characters are shown as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def compact(document: Any) -> str:
    """JSON in one line."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def warn(line: str) -> None:
    """A line for people, on standard error."""
    sys.stderr.write(line + "\n")


def _fit(widths: list[int]) -> list[int]:
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
    while sum(widths) + GAP * (len(widths) - 1) > room and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    return widths


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = []
    for text, width in zip(cells, widths, strict=True):
        short = text if len(text) <= width else text[: width - 1] + "…"
        shown.append(_coloured(text, short.ljust(width)))
    return (" " * GAP).join(shown).rstrip()


def _coloured(word: str, text: str) -> str:
    colour = COLOURS.get(word)
    if colour is None or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{colour}m{text}\x1b[0m"
