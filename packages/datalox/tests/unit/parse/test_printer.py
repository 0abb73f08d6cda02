"""Printing and parsing are inverse, and the printed text reads well."""

import pytest

from datalox.program import Program
from datalox.terms import Atom, Const, Symbol


@pytest.mark.parametrize(
    "text",
    [
        "p(a, 'b c', \"d\", 1, -2, 3.5).",
        "p('not', mod, true).",
        "p(X - 1, X - (Y - 1), (X + Y) * 2, -X, -(X + 1), X mod 2) :- q(X, Y).",
        "p(X) :- q(X, _, _Y), not r(X, _), X != _Y.",
        "p(N) :- count(X, q(X, _), N), N >= 5.",
        "p(G, N) :- q(G, X), N = sum(X).",
        ".decl p(a: text, b: any) key(a)",
        ".demand p(+, -)",
        ".demand p/2",
        ".extensible p/2",
        ".private p/0",
        ".order best: p(N, C) by C / 2 desc",
        "% why it is so\np(X) :- q(X).",
    ],
)
def test_one_clause(text: str) -> None:
    assert str(Program.parse(text)) == text + "\n"


def test_long_rules_take_one_line_per_item() -> None:
    text = (
        "% do not co-locate\n"
        "constraint_violated(Workload, Node) :-\n"
        "    workload_constraint(Workload, group, Group),\n"
        "    workload_placement(Other, Node),\n"
        "    workload_constraint(Other, group, Group),\n"
        "    Other != Workload.\n"
    )
    assert str(Program.parse(text)) == text


def test_the_written_order_is_kept() -> None:
    text = "p(a).\n.decl p(x: symbol)\nq(X) :- p(X).\np(b).\n"
    assert str(Program.parse(text)) == text


@pytest.mark.parametrize("name", ["", "A", "_", "1", "a b", "é", "it's", "a\\b", "a\nb", "not", "\x00", "😀"])
def test_every_symbol_can_be_written(name: str) -> None:
    text = f"{Atom('p', (Const(Symbol(name)), Const(name)))}."
    (fact,) = Program.parse(text).facts
    assert fact.atom == Atom("p", (Const(Symbol(name)), Const(name)))
