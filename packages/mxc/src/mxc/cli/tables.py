"""Rows as tables: which columns, how wide, and what is said when there are none."""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Row = Mapping[str, Any]
COLOURS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("available", "running", "succeeded", "enforce", "active", "ok", "yes"), "32"),
    **dict.fromkeys(("pending", "starting", "stopping", "draining", "shadow", "degraded"), "33"),
    **dict.fromkeys(("failed", "unavailable", "error", "suspended", "revoked"), "31"),
    **dict.fromkeys(("stopped", "draft", "no", "expired", "disabled"), "2"),
}
GAP: Final = 2
NARROWEST: Final = 8
SHORT: Final = 8
AN_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
AN_INSTANT: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|\+00:00)")


class Nothing(str):
    """Words in place of a table without rows: people read them on standard error, programs read nothing."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """How a list is shown: `columns` of it, or `every` one at full length."""

    columns: Sequence[str]
    every: Sequence[str] = ()
    empty: str = "none"

    def __call__(self, rows: Iterable[Row]) -> str:
        """To be read in a terminal."""
        return table(rows, self.columns, self.empty)

    def wide(self, rows: Iterable[Row]) -> str:
        """All that there is to see."""
        return table(rows, self.every or self.columns, self.empty, is_whole=True)


def table(rows: Iterable[Row], columns: Sequence[str], empty: str = "none", *, is_whole: bool = False) -> str:
    """Rows as aligned columns under upper-case titles.

    In a terminal ids are shown by their beginning, which names a row as well, the widest cells shrink, and
    columns that have no place at all are left out; a pipe gets everything.
    """
    is_cut = not is_whole and sys.stdout.isatty()
    cells = [[_cell(row, column, is_cut) for column in columns] for row in rows]
    if not cells:
        return Nothing(empty)
    titles = [column.removesuffix("_s").replace("_", " ").upper() for column in columns]
    widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
    if is_cut:
        widths = fitting(widths, shutil.get_terminal_size().columns)
    lines = [_line(row, widths) for row in (titles, *cells)]
    return "\n".join(lines)


def fitting(widths: Sequence[int], room: int) -> list[int]:
    """The widths with which a line has room: the widest shrink first; what is left over at the end goes."""
    kept = list(widths)
    while _length([min(each, NARROWEST) for each in kept]) > room and len(kept) > 1:
        kept.pop()
    while _length(kept) > room and max(kept) > NARROWEST:
        kept[kept.index(max(kept))] -= 1
    return kept


def _length(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _cell(row: Row, column: str, is_cut: bool) -> str:
    shown = cell(row.get(column))
    return shown[:SHORT] if is_cut and AN_ID.fullmatch(shown) else shown


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
    instant = AN_INSTANT.fullmatch(str(value))
    return f"{instant[1]} {instant[2]}Z" if instant else printable(str(value))


def printable(text: str) -> str:
    """Text that cannot steer a terminal: control characters are shown as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = []
    for text, width in zip(cells, widths, strict=False):
        short = text if len(text) <= width else text[: width - 1] + "…"
        shown.append(coloured(text, short.ljust(width)))
    return (" " * GAP).join(shown).rstrip()


def coloured(word: str, text: str) -> str:
    """The text in the colour of a word that says how things are; plain where nobody sees it."""
    colour = COLOURS.get(word)
    if colour is None or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{colour}m{text}\x1b[0m"
