"""The revisions as one line: what keeps the files from following one another, read without running them."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FILE: Final = re.compile(r"r(\d{4})_\w+\.py")


@dataclass(frozen=True, slots=True)
class Break:
    """A file that does not follow the one before, and what to write instead."""

    file: str
    message: str


def breaks(folder: Path) -> list[Break]:
    """What is wrong with the revisions of a folder; nothing when they are one line."""
    return list(breaks_among({path.name: path.read_text(encoding="utf-8") for path in folder.glob("r*.py")}))


def breaks_among(texts: Mapping[str, str]) -> Iterator[Break]:
    """The same of files that were read: name → text."""
    newest = max((found[1] for name in texts if (found := FILE.fullmatch(name))), default="0000")
    free, before, last = f"{int(newest) + 1:04}", None, ""
    for name in sorted(texts):
        said, found = _said(texts[name]), FILE.fullmatch(name)
        number = said.get("revision")
        if found is None or found[1] != number:
            yield Break(name, f"holds revision {number!r}: a file is named r<number>_<what changes>.py")
        elif number == before:
            yield Break(name, f"has the number of {last}: make the later change {free}, behind {newest!r}")
        elif number != (following := f"{int(before or 0) + 1:04}"):
            yield Break(name, f"leaves a gap: nothing is numbered {following}")
        elif said.get("down_revision") != before:
            yield Break(name, f"must follow {before!r}: its down_revision is {said.get('down_revision')!r}")
        before, last = (found[1] if found else before), name


def _said(text: str) -> dict[str, Any]:
    """The literals a module assigns at its top."""
    return {
        target.id: statement.value.value
        for statement in ast.parse(text).body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
