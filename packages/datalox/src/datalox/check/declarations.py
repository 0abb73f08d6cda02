"""Declarations agree with one another and name what exists."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator

from datalox.check.analysis import CLOCK
from datalox.check.survey import Survey
from datalox.diagnostics import Diagnostic
from datalox.parse.expression import AGGREGATES
from datalox.terms import Decl, Declaration, Demand, Order, Span
from datalox.values import TYPES


def check_declarations(survey: Survey) -> Iterator[Diagnostic]:
    yield from _modules_named_twice(survey)
    seen: dict[tuple[type[Declaration], str], Span | None] = {}
    for _, declaration in survey.declarations():
        if isinstance(declaration, Decl):
            yield from _decl(declaration)
        if isinstance(declaration, Decl | Demand | Order):
            name = declaration.name if isinstance(declaration, Order) else declaration.predicate
            slot = (type(declaration), name)
            if slot in seen:
                yield _duplicate(declaration, name, seen[slot])
            seen.setdefault(slot, declaration.span)


def _modules_named_twice(survey: Survey) -> Iterator[Diagnostic]:
    for name, count in Counter(program.name for program in survey.programs).items():
        if count > 1:
            message = f"{count} modules are called {name}"
            yield Diagnostic(
                "duplicate-module", message, "the name of a module is what replaces and removes it"
            )


def _duplicate(declaration: Decl | Demand | Order, name: str, first: Span | None) -> Diagnostic:
    word = {Decl: "declared", Demand: "declared .demand", Order: "declared as an order"}[type(declaration)]
    return Diagnostic(
        "duplicate-declaration", f"{name} is {word} twice", f"first at {first}", declaration.span
    )


def _decl(decl: Decl) -> Iterator[Diagnostic]:
    if decl.predicate in AGGREGATES or decl.predicate == "not":
        message = f"'{decl.predicate}' is a word of the language"
        yield Diagnostic("reserved-name", message, "choose another name", decl.span)
    columns = Counter(column.name for column in decl.columns)
    for name, count in columns.items():
        if count > 1:
            message = f"{decl.predicate} has {count} columns called {name}"
            yield Diagnostic("duplicate-column", message, "every column has a name of its own", decl.span)
    for column in decl.columns:
        if column.type not in TYPES:
            yield _unknown_type(decl, column.type)
    yield from _key(decl, set(columns))


def _unknown_type(decl: Decl, name: str) -> Diagnostic:
    near = difflib.get_close_matches(name, TYPES, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"types: {', '.join(TYPES)}"
    return Diagnostic("unknown-type", f"there is no type {name}", hint, decl.span)


def _key(decl: Decl, columns: set[str]) -> Iterator[Diagnostic]:
    for name, count in Counter(decl.key).items():
        if name not in columns:
            hint = f"columns: {', '.join(column.name for column in decl.columns)}"
            message = f"the key of {decl.predicate} names {name}, which is no column of it"
            yield Diagnostic("unknown-key-column", message, hint, decl.span)
        elif count > 1:
            message = f"the key of {decl.predicate} names {name} twice"
            yield Diagnostic("duplicate-column", message, "name every column once", decl.span)


def is_clock(declaration: Declaration) -> bool:
    name = declaration.atom.predicate if isinstance(declaration, Order) else declaration.predicate
    return name == CLOCK
