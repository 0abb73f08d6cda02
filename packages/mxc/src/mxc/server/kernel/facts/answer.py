"""What the engine answers, as plain Python: ids and states as str, numbers as numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from datalox import DatalogError, Diagnostic, Symbol
from datalox.check.analysis import Predicate

Plain: TypeAlias = str | int | float
PlainRow: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why something holds: as text, and as a tree of JSON objects."""

    text: str
    tree: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something does not hold: as text, and as JSON with every rule's progress and failing literal."""

    text: str
    tree: dict[str, Any]


def plain(value: Any) -> Any:
    """A symbol by its spelling, everything else as it is."""
    return value.name if isinstance(value, Symbol) else value


def plain_row(row: Iterable[Any]) -> PlainRow:
    return tuple(map(plain, row))


def plain_binding(binding: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in binding.items()}


def predicate_document(predicate: Predicate, count: int | None) -> dict[str, Any]:
    """What is known of a predicate, and how many rows it has (None when it is only answered on demand)."""
    return {
        "name": predicate.name,
        "arity": predicate.arity,
        "columns": [{"name": column.name, "type": column.type} for column in predicate.columns],
        "derived": bool(predicate.rules),
        "demand": predicate.demand is not None,
        "extensible": predicate.extensible,
        "count": count,
    }


def diagnostic_document(diagnostic: Diagnostic) -> dict[str, Any]:
    """{code, message, hint, file, line, column, severity}; places are 1-based, None when it has none."""
    span = diagnostic.span
    return {
        "code": diagnostic.code,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "file": span.file if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "severity": diagnostic.severity,
    }


def diagnostic_documents(error: DatalogError) -> list[dict[str, Any]]:
    return [diagnostic_document(each) for each in error.diagnostics]
