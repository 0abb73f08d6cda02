"""Facts from files: programs that state them, or tables with one row per line."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from datalox.command.programs import read_programs
from datalox.diagnostics import DatalogError, Diagnostic
from datalox.terms import Const, Row

Facts = dict[str, list[Row]]
SEPARATORS: Final = {".csv": ",", ".tsv": "\t"}


def read_facts(files: Iterable[str]) -> Facts:
    """predicate -> rows. `node.csv` holds rows of node; any other file is a program of facts.

    Raises DatalogError, OSError.
    """
    found: Facts = {}
    for file in files:
        separator = SEPARATORS.get(Path(file).suffix)
        if separator is not None:
            found.setdefault(Path(file).stem, []).extend(_table(file, separator))
            continue
        (program,) = read_programs([file])
        if program.rules or program.declarations:
            place = (*program.rules, *program.declarations)[0].span
            raise DatalogError(
                [Diagnostic("syntax", f"{file} holds more than facts", "name it with the rules", place)],
                {file: program.text},
            )
        for fact in program.facts:
            row = tuple(term.value for term in fact.atom.terms if isinstance(term, Const))
            found.setdefault(fact.atom.predicate, []).append(row)
    return found


def _table(file: str, separator: str) -> list[Row]:
    with open(file, encoding="utf-8", newline="") as lines:
        return [tuple(map(_value, row)) for row in csv.reader(lines, delimiter=separator) if row]


def _value(text: str) -> Any:
    """A number where it is written like one, else text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
