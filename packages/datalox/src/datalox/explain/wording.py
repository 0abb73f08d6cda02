"""Instances of rules as text: facts, literals, comparisons and aggregates with the values of their
variables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from datalox.notation import write_number, write_string, write_symbol
from datalox.terms import Aggregate, Arith, Atom, BodyItem, Comparison, Const, Literal, Neg, Row, Symbol, Term

PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "mod": 2}


def write_value(value: Any) -> str:
    """A value as Datalog text; a collected list in brackets."""
    if isinstance(value, tuple):
        return f"[{write_values(value)}]"
    if isinstance(value, Symbol):
        return write_symbol(value.name)
    return write_string(value) if isinstance(value, str) else write_number(value)


def write_values(values: Iterable[Any]) -> str:
    return ", ".join(map(write_value, values))


def write_fact(predicate: str, row: Row) -> str:
    return f"{predicate}({write_values(row)})"


def write_term(term: Term, bindings: Mapping[str, Any]) -> str:
    """A term with the values of its bound variables."""
    if isinstance(term, Const):
        return write_value(term.value)
    if isinstance(term, Arith):
        left, right = _operand(term.left, term.op, bindings), _operand(term.right, term.op, bindings, True)
        return f"{left} {term.op} {right}"
    if isinstance(term, Neg):
        return f"-{_operand(term.term, '*', bindings)}"
    if term.name in bindings:
        return write_value(bindings[term.name])
    return "_" if term.is_wildcard else term.name


def _operand(term: Term, outer: str, bindings: Mapping[str, Any], right: bool = False) -> str:
    text = write_term(term, bindings)
    if isinstance(term, Arith):
        inner, around = PRECEDENCE[term.op], PRECEDENCE[outer]
        if inner < around or (right and inner == around):
            return f"({text})"
    return text


def write_atom(atom: Atom, bindings: Mapping[str, Any]) -> str:
    name = "the body" if "#" in atom.predicate else atom.predicate
    return f"{name}({', '.join(write_term(term, bindings) for term in atom.terms)})"


def write_item(item: BodyItem, bindings: Mapping[str, Any]) -> str:
    """A body item with the values of its bound variables."""
    if isinstance(item, Literal):
        return ("not " if item.negated else "") + write_atom(item.atom, bindings)
    if isinstance(item, Comparison):
        return f"{write_term(item.left, bindings)} {item.op} {write_term(item.right, bindings)}"
    return write_aggregate(item, bindings)


def write_aggregate(item: Aggregate, bindings: Mapping[str, Any]) -> str:
    value, result = write_term(item.value, {}), write_term(item.result, bindings)
    if item.goal is None or "#" in item.goal.predicate:
        return f"{result} = {item.op}({value})"
    return f"{item.op}({value}, {write_atom(item.goal, bindings)}, {result})"
