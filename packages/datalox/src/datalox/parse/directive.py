"""Declarations: `.decl .demand .extensible .private .order`. A full stop behind one is optional."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Final

from datalox.parse.cursor import Cursor, describe
from datalox.parse.expression import parse_atom, parse_expression
from datalox.terms import Column, Decl, Declaration, Demand, Extensible, Order, Private, Span


def at_directive(cursor: Cursor) -> bool:
    """At a '.' which a name follows at once."""
    return cursor.is_mark(".") and cursor.following.kind == "name" and cursor.token.touches(cursor.following)


def parse_directive(cursor: Cursor) -> Declaration:
    start = cursor.advance().span
    word = str(cursor.token.value)
    parse = _DIRECTIVES.get(word)
    if parse is None:
        near = difflib.get_close_matches(word, _DIRECTIVES, n=1, cutoff=0.5)
        hint = (
            f"did you mean .{near[0]}?" if near else f"known: {', '.join('.' + name for name in _DIRECTIVES)}"
        )
        raise cursor.fault(f"there is no declaration .{word}", hint, cursor.span_from(start))
    cursor.advance()
    declaration = parse(cursor, start)
    if not at_directive(cursor):
        cursor.accept(".")
    return declaration


def _decl(cursor: Cursor, start: Span) -> Decl:
    predicate = cursor.expect_name("the name of a predicate")
    cursor.expect("(", f"behind {predicate}")
    columns = cursor.enclosed(lambda: _column(cursor), f"the columns of {predicate}")
    return Decl(predicate, tuple(columns), _key(cursor), cursor.span_from(start))


def _column(cursor: Cursor) -> Column:
    hint = "columns are written name: type, the name starting with a small letter"
    name = cursor.expect_name("the name of a column", hint)
    if not cursor.accept(":"):
        return Column(name)
    return Column(name, cursor.expect_name("a type", "for example symbol, text, int, number, any"))


def _key(cursor: Cursor) -> tuple[str, ...]:
    if not cursor.is_name("key"):
        return ()
    cursor.advance()
    cursor.expect("(", "behind key")
    names = cursor.several(lambda: cursor.expect_name("the name of a column"))
    cursor.expect(")", "or ',' in the key")
    return tuple(names)


def _signature(cursor: Cursor) -> tuple[str, int]:
    predicate = cursor.expect_name("the name of a predicate")
    cursor.expect("/", f"and the number of arguments behind {predicate}")
    return predicate, cursor.expect_int("the number of arguments")


def _extensible(cursor: Cursor, start: Span) -> Extensible:
    return Extensible(*_signature(cursor), cursor.span_from(start))


def _private(cursor: Cursor, start: Span) -> Private:
    return Private(*_signature(cursor), cursor.span_from(start))


def _demand(cursor: Cursor, start: Span) -> Demand:
    if not cursor.calls():
        return Demand(*_signature(cursor), None, cursor.span_from(start))
    predicate = str(cursor.advance().value)
    cursor.advance()
    modes = cursor.enclosed(lambda: _mode(cursor), f"the modes of {predicate}")
    return Demand(predicate, len(modes), tuple(modes), cursor.span_from(start))


def _mode(cursor: Cursor) -> str:
    if not cursor.is_mark("+", "-"):
        raise cursor.fault(
            f"expected a mode, found {describe(cursor.token)}", "+ must be bound by the caller, - need not be"
        )
    return str(cursor.advance().value)


def _order(cursor: Cursor, start: Span) -> Order:
    name = cursor.expect_name("the name of the order")
    cursor.expect(":", f"behind the order {name}")
    atom = parse_atom(cursor, "the atom whose rows are ordered")
    if not cursor.is_name("by"):
        raise cursor.fault(
            f"expected 'by', found {describe(cursor.token)}", "for example by C + M / 4096 desc"
        )
    cursor.advance()
    by = parse_expression(cursor)
    descending = cursor.is_name("desc")
    if descending or cursor.is_name("asc"):
        cursor.advance()
    return Order(name, atom, by, descending, cursor.span_from(start))


_DIRECTIVES: Final[dict[str, Callable[[Cursor, Span], Declaration]]] = {
    "decl": _decl,
    "demand": _demand,
    "extensible": _extensible,
    "private": _private,
    "order": _order,
}
