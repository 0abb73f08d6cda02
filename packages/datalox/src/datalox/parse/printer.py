"""Program → text that parses to the same program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from datalox.terms import Declaration, Fact, Rule

Clause: TypeAlias = "Declaration | Fact | Rule"


def print_clauses(clauses: Iterable[Clause]) -> str:
    """One clause a line, in their written order where they have one; long rules one body item a line."""
    return "".join(print_clause(clause) + "\n" for clause in sorted(clauses, key=_written_order))


def print_clause(clause: Clause) -> str:
    if not isinstance(clause, Rule):
        return str(clause)
    comment = f"% {clause.comment}\n" if clause.comment else ""
    text = str(clause)
    return comment + (text if len(text) <= 100 else _spread(clause))


def _spread(rule: Rule) -> str:
    return f"{rule.head} :-\n    " + ",\n    ".join(map(str, rule.body)) + "."


def _written_order(clause: Clause) -> tuple[int, int]:
    return (clause.span.line, clause.span.column) if clause.span else (0, 0)
