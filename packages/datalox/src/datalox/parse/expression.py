"""Terms, expressions and atoms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from datalox.parse.cursor import Cursor, describe
from datalox.terms import Arith, Atom, Const, Neg, Symbol, Term, Var

AGGREGATES: Final = ("count", "sum", "min", "max", "avg", "collect")
_Operand: TypeAlias = Callable[[Cursor], Term]


def parse_expression(cursor: Cursor) -> Term:
    """`+ -` over `* / // mod` over unary minus over values."""
    cursor.begin_expression()
    return _sum(cursor)


def _sum(cursor: Cursor) -> Term:
    left = _product(cursor)
    while cursor.is_mark("+", "-"):
        left = _binary(cursor, left, _product)
    return left


def _product(cursor: Cursor) -> Term:
    left = _unary(cursor)
    while cursor.is_mark("*", "/", "//") or cursor.is_name("mod"):
        left = _binary(cursor, left, _unary)
    return left


def _binary(cursor: Cursor, left: Term, operand: _Operand) -> Term:
    cursor.count_operator()
    op = str(cursor.advance().value)
    right = operand(cursor)
    start = left.span or cursor.previous.span
    return Arith(op, left, right, cursor.span_from(start))


def _unary(cursor: Cursor) -> Term:
    if not cursor.is_mark("-"):
        return _primary(cursor)
    cursor.count_operator()
    start = cursor.advance().span
    term = _unary(cursor)
    span = cursor.span_from(start)
    if isinstance(term, Const) and isinstance(term.value, int | float):
        return Const(-term.value, span)
    return Neg(term, span)


def _primary(cursor: Cursor) -> Term:
    token = cursor.token
    if token.kind == "variable":
        cursor.advance()
        return cursor.wildcard(token.span) if token.value == "_" else Var(str(token.value), token.span)
    if token.kind in ("number", "string"):
        cursor.advance()
        return Const(token.value, token.span)
    if token.kind in ("name", "quoted"):
        return _symbol(cursor)
    if cursor.is_mark(":"):
        return _colon_symbol(cursor)
    if cursor.is_mark("("):
        return _parenthesised(cursor)
    if token.kind == "unclosed":
        raise cursor.fault(f"{describe(token)} is not closed", f"end it with {token.value} on the same line")
    raise cursor.fault(f"expected a value or a variable, found {describe(token)}")


def _symbol(cursor: Cursor) -> Const:
    if cursor.calls():
        name = cursor.token.value
        hint = (
            "an atom cannot stand inside an expression or another atom: bind a variable in its own body item"
        )
        if name in AGGREGATES:
            hint = f"write V = {name}(X) as a body item of its own, then use V"
        raise cursor.fault(f"{name}(…) is not a value", hint)
    token = cursor.advance()
    return Const(Symbol(str(token.value)), token.span)


def _colon_symbol(cursor: Cursor) -> Const:
    colon = cursor.advance()
    token = cursor.token
    if token.kind not in ("name", "quoted") or not colon.touches(token):
        raise cursor.fault(
            f"expected the name of a symbol behind ':', found {describe(token)}", "for example :gpu"
        )
    cursor.advance()
    return Const(Symbol(str(token.value)), cursor.span_from(colon.span))


def _parenthesised(cursor: Cursor) -> Term:
    cursor.count_operator()
    cursor.advance()
    term = _sum(cursor)
    cursor.expect(")", "to close the parenthesis")
    return term


def parse_atom(cursor: Cursor, role: str) -> Atom:
    """`name(term, …)`. `role` says in messages what the atom is for."""
    start = cursor.token
    _refuse_wrong_start(cursor, role)
    cursor.advance()
    cursor.advance()
    terms = cursor.enclosed(lambda: parse_expression(cursor), f"the arguments of {start.value}")
    return Atom(str(start.value), tuple(terms), cursor.span_from(start.span))


def _refuse_wrong_start(cursor: Cursor, role: str) -> None:
    token = cursor.token
    if cursor.calls() and token.value != "not":
        return
    hint = ""
    if token.kind == "variable" and cursor.following.value == "(":
        name = str(token.value).lstrip("_")
        hint = f"the name of a predicate starts with a small letter: {name[:1].lower()}{name[1:]}(…)"
    elif token.kind == "name" and token.value != "not":
        hint = f"a predicate without arguments is written {token.value}()"
    raise cursor.fault(f"expected {role}, found {describe(token)}", hint)
