"""Files to programs, and programs to a session."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from datalox.diagnostics import DatalogError, Diagnostic
from datalox.program import Program
from datalox.session.session import Session


def read_programs(files: Sequence[str]) -> list[Program]:
    """Raises DatalogError with the syntax errors of all files, OSError for a file that cannot be read."""
    found: list[Program] = []
    errors: list[Diagnostic] = []
    texts = {file: Path(file).read_text(encoding="utf-8", errors="replace") for file in files}
    for file, text in texts.items():
        try:
            found.append(Program.parse(text, file))
        except DatalogError as refused:
            errors += refused.diagnostics
    if errors:
        raise DatalogError(errors, texts)
    return found


def open_session(files: Sequence[str], now: float | None) -> Session:
    session = Session(*read_programs(files))
    if now is not None:
        with session.transaction(now=now):
            pass
    return session
