"""What the checks say of the programs of a test, and whether that is what was expected."""

from __future__ import annotations

from collections.abc import Sequence

from datalox.check import analyse
from datalox.diagnostics import DatalogError, Diagnostic
from datalox.program import Program
from datalox.terms import Decl
from datalox.testing.script import Complaint


def diagnostics_of(
    programs: Sequence[Program], unread: Sequence[DatalogError], severity: str
) -> Sequence[Diagnostic]:
    """Errors or warnings of all programs together; `unread` are those that could not be parsed."""
    open_world = not any(isinstance(found, Decl) for program in programs for found in program.declarations)
    errors = [found for refused in unread for found in refused.diagnostics]
    if errors:
        return errors if severity == "error" else ()
    try:
        analysis = analyse(programs, open_world)
    except DatalogError as refused:
        if severity == "error":
            return refused.diagnostics
        raise
    return () if severity == "error" else analysis.warnings


def matched(
    complaints: Sequence[Complaint], found: Sequence[Diagnostic]
) -> tuple[list[Complaint], list[Diagnostic]]:
    """(complaints that nothing matches, diagnostics that nobody expected)"""
    left = list(found)
    missing: list[Complaint] = []
    for complaint in complaints:
        match = next((seen for seen in left if _says(complaint, seen)), None)
        if match is None:
            missing.append(complaint)
        else:
            left.remove(match)
    return missing, left


def _says(complaint: Complaint, found: Diagnostic) -> bool:
    place = (found.span.line, found.span.column) if found.span else (0, 0)
    return (
        complaint.code == found.code
        and complaint.line in (0, place[0])
        and complaint.column in (0, place[1])
        and complaint.words in f"{found.message} {found.hint}"
    )
