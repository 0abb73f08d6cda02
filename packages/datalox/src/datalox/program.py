"""A parsed text under a name: what a session loads, replaces and removes as one."""

from __future__ import annotations

from dataclasses import dataclass, field

from datalox.diagnostics import DatalogError
from datalox.parse.parser import parse
from datalox.parse.printer import print_clauses
from datalox.terms import Declaration, Fact, Rule


@dataclass(frozen=True, slots=True)
class Program:
    """`name` is what spans, proofs and `Session.replace` call it; `text` is its source."""

    name: str
    text: str = field(default="", compare=False)
    declarations: tuple[Declaration, ...] = ()
    facts: tuple[Fact, ...] = ()
    rules: tuple[Rule, ...] = ()

    @classmethod
    def parse(cls, text: str, name: str = "<text>") -> Program:
        """Raises DatalogError with every syntax error of the text, each with line, column and hint."""
        parsed = parse(text, name)
        if parsed.diagnostics:
            raise DatalogError(parsed.diagnostics, {name: text})
        return cls(name, text, tuple(parsed.declarations), tuple(parsed.facts), tuple(parsed.rules))

    def __str__(self) -> str:
        """Parses to an equal program."""
        return print_clauses((*self.declarations, *self.facts, *self.rules))
