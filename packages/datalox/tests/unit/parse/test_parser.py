"""The grammar: what each form means, and what is said about text that has none."""

import pytest

from datalox.diagnostics import DatalogError, Diagnostic
from datalox.parse.parser import parse, parse_goals
from datalox.program import Program
from datalox.terms import (
    FALSE,
    TRUE,
    Aggregate,
    Arith,
    Atom,
    Column,
    Comparison,
    Const,
    Decl,
    Demand,
    Extensible,
    Literal,
    Neg,
    Order,
    Private,
    Rule,
    Symbol,
    Var,
)

X, Y, N = Var("X"), Var("Y"), Var("N")


def rule(text: str) -> Rule:
    (found,) = Program.parse(text).rules
    return found


def body(text: str) -> object:
    (item,) = parse_goals(text)
    return item


def errors(text: str) -> list[Diagnostic]:
    return parse(text, "f.dl").diagnostics


def test_facts_hold_every_kind_of_value() -> None:
    (fact,) = Program.parse("p(a, :b, 'c d', \"e\", 42, -7, 3.14, true, false).").facts
    assert [term.value for term in fact.atom.terms if isinstance(term, Const)] == [
        Symbol("a"), Symbol("b"), Symbol("c d"), "e", 42, -7, 3.14, TRUE, FALSE,
    ]  # fmt: skip


def test_a_symbol_with_and_without_colon_is_the_same() -> None:
    assert Program.parse("p(:available).") == Program.parse("p(available).")
    assert Program.parse("p(:'in use').") == Program.parse("p('in use').")


def test_the_arithmetic_of_facts_is_done_at_once() -> None:
    (fact,) = Program.parse("p(1 + 2 * 3, 7 // 2, 7 / 2, -7 mod 3, 4 / 2).").facts
    assert [term.value for term in fact.atom.terms if isinstance(term, Const)] == [7, 3, 3.5, 2, 2]


def test_zero_arity() -> None:
    found = rule("p() :- q().")
    assert (found.head, found.body) == (Atom("p", ()), (Literal(Atom("q", ())),))


def test_an_underscored_name_is_a_variable_and_each_wildcard_its_own() -> None:
    terms = rule("p(_Foo) :- q(_Foo, _, _).").body[0]
    assert isinstance(terms, Literal)
    foo, first, second = terms.atom.terms
    assert foo == Var("_Foo")
    assert first != second
    assert all(isinstance(term, Var) and term.is_wildcard for term in (first, second))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X-1 > 0", Comparison(">", Arith("-", X, Const(1)), Const(0))),
        ("X - -1 = Y", Comparison("=", Arith("-", X, Const(-1)), Y)),
        ("-X = Y", Comparison("=", Neg(X), Y)),
        ("X + Y * 2 = N", Comparison("=", Arith("+", X, Arith("*", Y, Const(2))), N)),
        ("(X + Y) * 2 = N", Comparison("=", Arith("*", Arith("+", X, Y), Const(2)), N)),
        ("X - Y - N = 1", Comparison("=", Arith("-", Arith("-", X, Y), N), Const(1))),
        ("X mod 2 != 0", Comparison("!=", Arith("mod", X, Const(2)), Const(0))),
        ("X // 2 <= Y / 3", Comparison("<=", Arith("//", X, Const(2)), Arith("/", Y, Const(3)))),
        ("not p(X)", Literal(Atom("p", (X,)), True)),
        ("count(X, p(X, Y), N)", Aggregate("count", X, Atom("p", (X, Y)), N)),
        ("sum(X * 2, p(X), N)", Aggregate("sum", Arith("*", X, Const(2)), Atom("p", (X,)), N)),
        ("N = count(X)", Aggregate("count", X, None, N)),
        ("count(X) = N", Aggregate("count", X, None, N)),
        ("N = avg(X + Y)", Aggregate("avg", Arith("+", X, Y), None, N)),
        ("X = available", Comparison("=", X, Const(Symbol("available")))),
    ],
)
def test_body_items(text: str, expected: object) -> None:
    assert body(text) == expected


def test_declarations() -> None:
    program = Program.parse(
        ".decl p(a: symbol, b:int, c) key(a, b)\n.extensible p/3 .demand q(+, -). .demand r/2\n.private s/1\n"
        ".order roomiest: p(N, C, M) by C + M / 4096 desc\n.order first: p(N, _, _) by N asc"
    )
    by = Arith("+", Var("C"), Arith("/", Var("M"), Const(4096)))
    columns = (Column("a", "symbol"), Column("b", "int"), Column("c", "any"))
    wildcards = (Var("_#1"), Var("_#2"))
    assert program.declarations == (
        Decl("p", columns, ("a", "b")),
        Extensible("p", 3),
        Demand("q", 2, ("+", "-")),
        Demand("r", 2, None),
        Private("s", 1),
        Order("roomiest", Atom("p", (N, Var("C"), Var("M"))), by, True),
        Order("first", Atom("p", (N, *wildcards)), N, False),
    )


def test_a_clause_may_follow_the_full_stop_at_once() -> None:
    program = Program.parse("p(a).q(b).decl(c).")
    assert [fact.atom.predicate for fact in program.facts] == ["p", "q", "decl"]


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ("% above\np(X) :- q(X).", "above"),
        ("% two\n% lines\np(X) :- q(X).", "two lines"),
        ("% far\n\np(X) :- q(X).", ""),
        ("p(X) :- q(X). % behind", "behind"),
        ("p(X) :- % first\n  % inside\n  q(X). % last", "first inside last"),
        ("% above\np(X) :- q(X). % behind\n% not mine", "above behind"),
        ("a(b). % of the fact\np(X) :- q(X).", ""),
        ("% ------\np(X) :- q(X).", ""),
    ],
)
def test_comments_belong_to_rules(text: str, comment: str) -> None:
    assert rule(text).comment == comment


def test_a_rule_knows_its_place_and_text() -> None:
    found = Program.parse("p(a).\n\n  q(X) :-\n    p(X).", "f.dl").rules[0]
    assert str(found.span) == "f.dl:3:3"
    assert found.text == "q(X) :-\n    p(X)."


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("p(X) :- q(X)", 1, 13, "the text ends before the full stop", "end every clause with '.'"),
        ("p(X) :- q(X)\nr(a).", 1, 13, "a ',' or '.' is missing here", "goes on into line 2"),
        ("Node(X) :- q(X).", 1, 1, "found the variable Node", "node(…)"),
        ("p :- q(X).", 1, 1, "expected a fact, a rule", "p()"),
        ("p(X) :- q(X), r.", 1, 15, "'r' alone is not a condition", "r()"),
        ("p(X) :- q(X), Node(X).", 1, 15, "found the variable Node", "node(…)"),
        ("p(X) :- q(r(X)).", 1, 11, "r(…) is not a value", "in its own body item"),
        ("p(X) :- q(X, N), count(X) > 3.", 1, 27, "expected '=' behind count(X)", "N = count(X)"),
        ("p(X) :- q(X), X > count(Y).", 1, 19, "can only be named with '='", "write N = count(X), X > N"),
        ("p(X) :- q(X), X > 1 > 0.", 1, 21, "a comparison has two sides", "A < B, B < C"),
        ("p(X) :- q(X) r(X).", 1, 14, "expected ',' or '.'", "separate body items with ','"),
        ("p(X) :- q(X) :- r(X).", 1, 14, "expected ',' or '.'", "is the full stop"),
        ("p(X)) :- q(X).", 1, 5, "expected ',' or '.'", "never opened"),
        (":- q(X).", 1, 1, "a rule needs a head", "before ':-'"),
        ("count(X) :- q(X).", 1, 1, "'count' is an aggregate", "another name"),
        ("p(X) :- not not q(X).", 1, 13, "expected an atom behind 'not'", ""),
        ("p(X) :- not (q(X)).", 1, 13, "expected an atom behind 'not', found '('", "without parentheses"),
        ("p(X) :- not count(Y, q(Y), 0).", 1, 13, "an aggregate cannot be negated", "N = 0"),
        ("p(X) :- q(X), X.", 1, 16, "expected a comparison", "a body item is"),
        ("p(X) :- q(X), 5.", 1, 16, "expected a comparison", "a value alone says nothing"),
        ("p(X) :- q(X) > 3.", 1, 9, "q(…) is not a value", "bind a variable"),
        ("p(1 / 0).", 1, 3, "cannot be computed: division by zero", ""),
        ("p(a + 1).", 1, 3, "cannot be computed: a is not a number", ""),
        (".demnd p/2", 1, 1, "there is no declaration .demnd", "did you mean .demand?"),
        (".decl p(A: int)", 1, 9, "expected the name of a column", "small letter"),
        (".demand p(+, x)", 1, 14, "expected a mode", "+ must be bound"),
        (".order x: p(N) N", 1, 16, "expected 'by'", "by C"),
        (".extensible p", 1, 14, "expected '/'", ""),
        (".private p/x", 1, 12, "expected the number of arguments", ""),
        ('p("abc).', 1, 3, "this string is not closed", 'end it with "'),
        ("p('abc).", 1, 3, "this quoted symbol is not closed", "end it with '"),
        ("p(: a).", 1, 5, "expected the name of a symbol", ":gpu"),
    ],
)
def test_errors_say_where_what_and_how(text: str, line: int, column: int, message: str, hint: str) -> None:
    found = errors(text)
    assert len(found) == 1, found
    span = found[0].span
    assert span is not None
    assert (found[0].code, span.line, span.column) == ("syntax", line, column)
    assert message in found[0].message
    assert hint in found[0].hint


def test_all_errors_of_a_text_are_reported_together() -> None:
    text = "p(X :- q(X).\nq(a).\nr(X) :- s(X) t(X).\nu(b).\n.demnd x/1\nv(X) :- X == 1, w(X).\n"
    with pytest.raises(DatalogError) as refused:
        Program.parse(text, "f.dl")
    places = [found.span.line for found in refused.value.diagnostics if found.span]
    assert places == [1, 3, 5, 6]
    assert [fact.atom.predicate for fact in parse(text, "f.dl").facts] == ["q", "u"]


def test_a_missing_full_stop_does_not_swallow_the_next_clause() -> None:
    parsed = parse("p(X) :- q(X)\nr(a).\ns(b).", "f.dl")
    assert len(parsed.diagnostics) == 1
    assert [fact.atom.predicate for fact in parsed.facts] == ["r", "s"]


def test_the_error_shows_the_line_and_points_at_it() -> None:
    with pytest.raises(DatalogError) as refused:
        Program.parse("ok(a).\n\tp(X) :- q(X) r(X).", "rules.dl")
    assert str(refused.value) == (
        "rules.dl:2:15: error[syntax]: expected ',' or '.', found 'r'\n"
        "  2 | \tp(X) :- q(X) r(X).\n"
        "    | \t             ^\n"
        "  hint: separate body items with ','"
    )


def test_of_a_long_line_the_part_in_question_is_shown() -> None:
    text = "p(X) :- " + "q(X), " * 60 + "r(X) s(X), " + "t(X), " * 30 + "u(X)."
    (found,) = errors(text)
    _, line, carets, _ = found.render(text).split("\n")
    assert len(line) < 140
    assert line[carets.index("^")] == "s"
    assert line.startswith("  1 | …")
    assert line.endswith("…")


@pytest.mark.parametrize("opening", ["(", "-", "(-", "1 + ", "1 - (", "2 * (1 + "])
@pytest.mark.parametrize("depth", [70, 10_000])
def test_deep_nesting_is_refused_not_survived_by_luck(opening: str, depth: int) -> None:
    found = errors(f"p(X) :- q(X), X = {opening * depth}1.")
    assert found
    assert "too long" in found[0].message


def test_an_unclosed_string_does_not_swallow_the_next_clause() -> None:
    parsed = parse('p(X) :- q(X, "abc).\nr(a).', "f.dl")
    assert len(parsed.diagnostics) == 1
    assert [fact.atom.predicate for fact in parsed.facts] == ["r"]


def test_a_body_has_a_last_item() -> None:
    (found,) = errors("p(X) :- q(X)" + ", r(X)" * 5000 + ".")
    assert found.message == "a body has at most 128 items"
    assert not errors("p(X) :- q(X)" + ", r(X)" * 127 + ".")


def test_a_hundred_errors_are_enough() -> None:
    assert len(errors("p(.\n" * 1000)) == 100


@pytest.mark.parametrize("text", ["", "   \n", "% only words", "p(a), ", "p(X) r(X)", "p(X). q(X).", "p(X"])
def test_what_is_no_query(text: str) -> None:
    with pytest.raises(DatalogError) as refused:
        parse_goals(text)
    assert {found.code for found in refused.value.diagnostics} == {"syntax"}


def test_a_query_may_end_with_a_full_stop() -> None:
    assert parse_goals("p(X), X > 1.") == parse_goals("p(X), X > 1")
