"""Any text gives a program or diagnostics; what is printed parses to the same program."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from datalox.check import analyse
from datalox.diagnostics import DatalogError
from datalox.parse.parser import parse, parse_goals
from datalox.program import Program
from datalox.terms import (
    Aggregate,
    Arith,
    Atom,
    BodyItem,
    Column,
    Comparison,
    Const,
    Decl,
    Declaration,
    Demand,
    Extensible,
    Fact,
    Literal,
    Neg,
    Order,
    Private,
    Rule,
    Symbol,
    Term,
    Var,
)
from datalox.values import TYPES

WORDS = ("count", "sum", "not", "mod", "now", "key", "by", "desc", "decl", "demand", "order", "true")
PIECES = (
    *"pqXY_(),.:-+*/<>=!%'\"\\ \n\t{};|#&é0\x00",
    *WORDS, ":-", "!=", "<=", ">=", "//", ".decl ", ".demand ", "p(X)", "p(X) :- q(X).\n", "1.5e3",
    "% words\n", "X-1", "\\u{41}",
)  # fmt: skip

names = st.from_regex(r"[a-z][a-zA-Z0-9_]{0,3}", fullmatch=True).filter(
    lambda name: name not in (*WORDS, "min", "max", "avg", "collect")
)
characters = st.characters(exclude_categories=["Cs"])
numbers = st.one_of(
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False, width=64).map(
        lambda value: int(value) if value.is_integer() else value
    ),
)
constants = st.one_of(
    numbers, st.text(characters, max_size=5), st.text(characters, max_size=5).map(Symbol)
).map(Const)
variables = st.from_regex(r"[A-Z_][a-zA-Z0-9]{1,3}", fullmatch=True).map(Var)


def _negated(term: Term) -> Term:
    if isinstance(term, Const) and isinstance(term.value, int | float):
        return Const(-term.value)
    return Neg(term)


terms: st.SearchStrategy[Term] = st.recursive(
    st.one_of(constants, variables),
    lambda inner: st.one_of(
        st.builds(Arith, st.sampled_from(["+", "-", "*", "/", "//", "mod"]), inner, inner),
        inner.map(_negated),
    ),
    max_leaves=6,
)
atoms = st.builds(Atom, names, st.lists(terms, max_size=3).map(tuple))
ground_atoms = st.builds(Atom, names, st.lists(constants, max_size=3).map(tuple))
operators = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
aggregate_names = st.sampled_from(["count", "sum", "min", "max", "avg", "collect"])
items: st.SearchStrategy[BodyItem] = st.one_of(
    st.builds(Literal, atoms, st.booleans()),
    st.builds(Comparison, operators, terms, terms),
    st.builds(Aggregate, aggregate_names, terms, st.one_of(st.none(), atoms), terms),
)
comments = st.text(st.sampled_from("ab %."), max_size=8).map(
    lambda text: " ".join(text.lstrip("% ").split()) if re.search("[ab]", text) else ""
)
rules = st.builds(Rule, atoms, st.lists(items, min_size=1, max_size=4).map(tuple), st.none(), comments)
columns = st.lists(st.builds(Column, names, st.sampled_from(TYPES)), max_size=3).map(tuple)
arities = st.integers(0, 9)
declarations: st.SearchStrategy[Declaration] = st.one_of(
    st.builds(Decl, names, columns, st.lists(names, max_size=2).map(tuple)),
    st.builds(Demand, names, arities),
    st.lists(st.sampled_from("+-"), max_size=3).flatmap(
        lambda modes: st.builds(Demand, names, st.just(len(modes)), st.just(tuple(modes)))
    ),
    st.builds(Extensible, names, arities),
    st.builds(Private, names, arities),
    st.builds(Order, names, atoms, terms, st.booleans()),
)
programs = st.builds(
    Program,
    st.just("p.dl"),
    st.just(""),
    st.lists(declarations, max_size=3).map(tuple),
    st.lists(st.builds(Fact, ground_atoms), max_size=3).map(tuple),
    st.lists(rules, max_size=3).map(tuple),
)


def check_is_total(text: str) -> None:
    """A program or diagnostics, each at a place inside the text; then the same of its analysis."""
    lines = text.split("\n")
    parsed = parse(text, "f.dl")
    for found in parsed.diagnostics:
        assert found.span is not None
        assert 1 <= found.span.line <= len(lines)
        assert 1 <= found.span.column <= len(lines[found.span.line - 1]) + 1
        assert found.render(text)
    if not parsed.diagnostics:
        program = Program.parse(text, "f.dl")
        assert Program.parse(str(program), "f.dl") == program
        for open_world in (False, True):
            try:
                analyse([program], open_world)
            except DatalogError as refused:
                assert all(found.span is not None for found in refused.diagnostics)


@given(st.text())
def test_any_text(text: str) -> None:
    check_is_total(text)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_sequence_of_pieces(text: str) -> None:
    check_is_total(text)


@given(programs, st.data())
def test_a_program_with_something_cut_out_or_doubled(program: Program, data: st.DataObject) -> None:
    text = str(program)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 5)))
    check_is_total(text[:start] + text[end:])
    check_is_total(text[:end] + text[start:])


@given(programs)
def test_print_and_parse_are_inverse(program: Program) -> None:
    assert Program.parse(str(program), "p.dl") == program


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_any_query(text: str) -> None:
    try:
        goals = parse_goals(text)
    except DatalogError:
        return
    assert parse_goals(", ".join(map(str, goals))) == goals
