"""Body items: literals, comparisons, aggregates."""

from __future__ import annotations

from typing import Final

from datalox.parse.cursor import Cursor, describe
from datalox.parse.expression import AGGREGATES, parse_atom, parse_expression
from datalox.terms import Aggregate, BodyItem, Comparison, Const, Literal, Span, Term

COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")
# Checks and plans look at every item beside every other: a body without bound would stand still there.
MAX_ITEMS: Final = 128
_ARITHMETIC: Final = ("+", "-", "*", "/", "//")


def parse_body(cursor: Cursor) -> tuple[BodyItem, ...]:
    """One item or more, separated by commas."""
    items = [parse_item(cursor)]
    while cursor.accept(","):
        if len(items) == MAX_ITEMS:
            raise cursor.fault(
                f"a body has at most {MAX_ITEMS} items", "derive a part of it as a predicate of its own"
            )
        items.append(parse_item(cursor))
    return tuple(items)


def parse_item(cursor: Cursor) -> BodyItem:
    if cursor.is_name("not"):
        return _negation(cursor)
    if cursor.calls() and cursor.token.value in AGGREGATES:
        return _aggregate(cursor)
    if cursor.calls():
        return _literal(cursor)
    return _comparison(cursor)


def _negation(cursor: Cursor) -> Literal:
    start = cursor.advance().span
    if cursor.calls() and cursor.token.value in AGGREGATES:
        raise cursor.fault(
            "an aggregate cannot be negated", "name its result and compare that, for example N = 0"
        )
    if cursor.is_mark("("):
        raise cursor.fault(
            "expected an atom behind 'not', found '('", "write not p(X), without parentheses around it"
        )
    atom = parse_atom(cursor, "an atom behind 'not'")
    return Literal(atom, True, cursor.span_from(start))


def _literal(cursor: Cursor) -> Literal:
    atom = parse_atom(cursor, "an atom")
    if cursor.is_mark(*COMPARISONS, *_ARITHMETIC) or cursor.is_name("mod"):
        raise cursor.fault(
            f"{atom.predicate}(…) is not a value",
            "an atom is true or not: bind a variable with it and compare that",
            atom.span,
        )
    return Literal(atom, False, atom.span)


def _comparison(cursor: Cursor) -> Comparison | Aggregate:
    start = cursor.token.span
    _refuse_bare_name(cursor)
    left = parse_expression(cursor)
    if not cursor.is_mark(*COMPARISONS):
        raise cursor.fault(f"expected a comparison, found {describe(cursor.token)}", _comparison_hint(left))
    op = str(cursor.advance().value)
    if cursor.calls() and cursor.token.value in AGGREGATES:
        return _assigned_aggregate(cursor, op, left, start)
    right = parse_expression(cursor)
    if cursor.is_mark(*COMPARISONS):
        raise cursor.fault("a comparison has two sides", "write A < B, B < C")
    return Comparison(op, left, right, cursor.span_from(start))


def _refuse_bare_name(cursor: Cursor) -> None:
    following = cursor.following
    ends = following.kind == "end" or (following.kind == "mark" and following.value in (",", "."))
    if cursor.token.kind == "name" and ends:
        name = cursor.token.value
        raise cursor.fault(
            f"'{name}' alone is not a condition", f"a predicate without arguments is written {name}()"
        )
    if cursor.token.kind == "variable" and following.kind == "mark" and following.value == "(":
        parse_atom(cursor, "an atom")


def _comparison_hint(left: Term) -> str:
    if isinstance(left, Const):
        return "a value alone says nothing: compare it, with = != < <= > >="
    return "a body item is an atom, a comparison (= != < <= > >=) or an aggregate"


def _aggregate(cursor: Cursor) -> Aggregate:
    """`op(value, goal, result)`, or the same as `result = op(value)` written the other way round."""
    start = cursor.advance()
    op = str(start.value)
    cursor.expect("(", f"behind {op}")
    value = parse_expression(cursor)
    if cursor.accept(")"):
        return _turned_aggregate(cursor, op, value, start.span)
    cursor.expect(",", f"behind the value of {op}")
    goal = parse_atom(cursor, f"the goal that {op} ranges over")
    cursor.expect(",", f"between the goal and the result of {op}")
    result = parse_expression(cursor)
    cursor.expect(")", f"behind the result of {op}")
    return Aggregate(op, value, goal, result, cursor.span_from(start.span))


def _turned_aggregate(cursor: Cursor, op: str, value: Term, start: Span) -> Aggregate:
    if not cursor.is_mark("="):
        raise cursor.fault(
            f"expected '=' behind {op}({value})",
            f"write N = {op}({value}), then compare N in an item of its own",
        )
    cursor.advance()
    return Aggregate(op, value, None, parse_expression(cursor), cursor.span_from(start))


def _assigned_aggregate(cursor: Cursor, compared: str, result: Term, start: Span) -> Aggregate:
    token = cursor.advance()
    op = str(token.value)
    if compared != "=":
        hint = f"write N = {op}(X), {result} {compared} N"
        raise cursor.fault(f"{op}(…) can only be named with '='", hint, token.span)
    cursor.expect("(", f"behind {op}")
    value = parse_expression(cursor)
    if cursor.is_mark(","):
        raise cursor.fault(
            f"{op}(value) takes one argument here",
            f"the form with a goal is {op}({value}, goal(…), {result})",
        )
    cursor.expect(")", f"behind the value of {op}")
    return Aggregate(op, value, None, result, cursor.span_from(start))
