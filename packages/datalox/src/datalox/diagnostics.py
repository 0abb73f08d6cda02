"""Every error is a diagnostic: what kind (code), what is wrong (message), what to do (hint), where (span).

Many of them travel together in one `DatalogError`, so that a text is never mended one error at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from datalox.terms import Span

# Longer lines are shown around the place in question.
_WIDTH: Final = 120
Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake. `code` is a stable slug with a page of its own in docs/errors."""

    code: str
    message: str
    hint: str = ""
    span: Span | None = None
    severity: Severity = "error"

    def render(self, source: str | None = None) -> str:
        """The message, and below it the line of `source` it points at with a caret."""
        place = f"{self.span}: " if self.span else ""
        lines = [f"{place}{self.severity}[{self.code}]: {self.message}"]
        if self.span and source is not None:
            lines += _excerpt(self.span, source)
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.render()

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        span = self.span
        place = (span.file, span.line, span.column) if span else ("", 0, 0)
        return (*place, self.code, self.message)


class DatalogError(Exception):
    """What was refused, with every reason found. `sources` maps file names to texts, for the excerpts."""

    def __init__(self, diagnostics: Iterable[Diagnostic], sources: Mapping[str, str] | None = None) -> None:
        self.diagnostics = tuple(diagnostics)
        self.sources = dict(sources or {})
        super().__init__(*(diagnostic.message for diagnostic in self.diagnostics))

    def __str__(self) -> str:
        return render(self.diagnostics, self.sources)


def render(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> str:
    """All of them as text, each with the line it points at where its source is known."""
    return "\n".join(
        diagnostic.render(sources.get(diagnostic.span.file) if diagnostic.span else None)
        for diagnostic in diagnostics
    )


def sorted_by_place(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key))


def _excerpt(span: Span, source: str) -> list[str]:
    lines = source.split("\n")
    if not 1 <= span.line <= len(lines):
        return []
    line = lines[span.line - 1].rstrip("\r")
    start = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    first = max(0, start - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = line[first : first + _WIDTH]
    lead = "…" if first else ""
    margin = "".join("\t" if character == "\t" else " " for character in lead + line[first:start])
    carets = "^" * max(1, min(end, first + len(shown)) - start)
    number = str(span.line)
    tail = "…" if first + len(shown) < len(line) else ""
    return [f"  {number} | {lead}{shown}{tail}", f"  {' ' * len(number)} | {margin}{carets}"]
