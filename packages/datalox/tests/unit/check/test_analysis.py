"""What an analysis knows: types, constants, patterns, strata."""

import pytest

from datalox.check import analyse, check_goals
from datalox.diagnostics import DatalogError
from datalox.parse.parser import parse_goals
from datalox.program import Program
from datalox.terms import Symbol

SCHEMA = """
.decl node(id: text, host: text, status: symbol) key(id)
.decl wish(w: text, kind: text, value: scalar)
.decl placed(w: text, n: text)
.decl free(n: text, cpu: number)
.decl note(n: text, words: string)
"""


def types(text: str, name: str) -> list[str]:
    return [column.type for column in analyse([Program.parse(SCHEMA + text, "m")]).predicates[name].columns]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("p(N, S, C) :- node(N, _, S), free(N, C).", "p", ["text", "symbol", "number"]),
        ("p(V) :- wish(_, _, V).", "p", ["scalar"]),
        ("p(V) :- wish(_, _, V), free(_, V).", "p", ["number"]),
        ("p(N, K) :- count(W, placed(W, N), K).", "p", ["text", "int"]),
        ("p(K) :- sum(C, free(_, C), K).", "p", ["number"]),
        ("p(K) :- min(N, free(N, _), K).", "p", ["text"]),
        ("p(C + 1, ok, \"ok\", 2, 2.5) :- free(_, C).", "p", ["number", "symbol", "string", "int", "float"]),
        ("p(N) :- node(N, _, _). p(C) :- free(_, C).", "p", ["scalar"]),
        ("p(N) :- node(N, _, _). p(W) :- note(_, W).", "p", ["any"]),
        ("r(X, Y) :- placed(X, Y). r(X, Z) :- r(X, Y), placed(Y, Z).", "r", ["text", "text"]),
        ("p(T) :- now(T).", "p", ["number"]),
        ("p(X) :- node(X, _, _), Y = X, u(Y). u(X) :- free(X, _).", "p", ["text"]),
        (".demand c/2\nc(W, N) :- placed(W, N).\nc(_, N) :- placed(_, N), N != a.", "c", ["text"] * 2),
        (".demand c/2\nc(W, N) :- free(N, _), not placed(W, N).", "c", ["text", "text"]),
        ("p(a). p(1).", "p", ["any"]),
    ],
)  # fmt: skip
def test_types_follow_the_rules(text: str, name: str, expected: list[str]) -> None:
    assert types(text, name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('p(N) :- node(N, _, "up").', "p(N) :- node(N, _, up)."),
        ('p(N) :- node(N, _, S), S != "up".', "p(N) :- node(N, _, S), S != up."),
        ('p(N) :- node(N, _, S), T = S, T = "up".', "p(N) :- node(N, _, S), T = S, T = up."),
        ('p(W) :- wish(W, "group", "gpu").', "p(W) :- wish(W, group, gpu)."),
        ('p(W) :- wish(W, _, V), V = "4".', "p(W) :- wish(W, _, V), V = '4'."),
        ('p(N) :- note(N, "up").', 'p(N) :- note(N, "up").'),
        ('p(N) :- note(N, W), W = "up".', 'p(N) :- note(N, W), W = "up".'),
        ('p(K) :- count(N, node(N, _, "up"), K).', "p(K) :- count(N, node(N, _, up), K)."),
        ('p(X) :- X = "a", not node(X, _, _).', "p(X) :- X = a, not node(X, _, _)."),
    ],
)
def test_constants_have_the_type_of_their_column(text: str, expected: str) -> None:
    predicate = analyse([Program.parse(SCHEMA + text, "m")]).predicates["p"]
    assert str(predicate.rules[0].rule) == expected


def test_the_text_of_a_rule_stays_as_written() -> None:
    text = 'p(N) :- node(N, _, "up").'
    assert analyse([Program.parse(SCHEMA + text, "m")]).predicates["p"].rules[0].rule.text == text


def test_facts_have_the_types_of_their_columns() -> None:
    analysis = analyse([Program.parse(SCHEMA + 'node("n1", h, "up"). note(n1, "up").', "m")])
    assert [(fact.predicate, fact.row) for fact in analysis.facts] == [
        ("node", (Symbol("n1"), Symbol("h"), Symbol("up"))),
        ("note", (Symbol("n1"), "up")),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".demand d(+, -)\nd(X, Y) :- placed(X, Y).", [{0}]),
        (".demand d/2\nd(X, Y) :- placed(X, Y).", [set()]),
        (".demand d/2\nd(X, Y) :- free(Y, _), not placed(X, Y).", [{0}]),
        (".demand d/2\nd(X, Y) :- X = Y.", [{0}, {1}]),
        (".demand d/2\nd(X, Y) :- Y = X + 1.", [{0}]),
        (".demand d/2\nd(X, Y) :- X > Y.", [{0, 1}]),
        (".demand d/2\nd(X, Y) :- X > 1, free(Y, _).\nd(X, Y) :- Y > 1, free(X, _).", [{0, 1}]),
        (".demand d/2 .demand c(+)\nc(X) :- X > 1.\nd(X, Y) :- c(X), free(Y, _).", [{0}]),
        (".demand d/1\nd(X) :- free(X, _).\nd(X) :- placed(X, Y), d(Y).", [set()]),
        (".demand d/2\nd(X, Y) :- count(W, placed(W, Y), K), K > X.", [{0, 1}]),
        (".extensible d/2 .demand d/2", [set()]),
    ],
)
def test_patterns_of_demand_predicates(text: str, expected: list[set[int]]) -> None:
    analysis = analyse([Program.parse(SCHEMA + text, "m")])
    assert [set(pattern) for pattern in analysis.predicates["d"].patterns] == expected


def test_components_come_after_what_they_read() -> None:
    text = """
    top(X) :- mid(X), not low(X).
    mid(X) :- even(X).
    low(X) :- node(X, _, _).
    even(X) :- low(X).  even(X) :- odd(Y), placed(X, Y).
    odd(X) :- even(Y), placed(X, Y).
    loop(X) :- loop(X).
    """
    analysis = analyse([Program.parse(SCHEMA + text, "m")])
    order = [sorted(component.predicates) for component in analysis.components]
    assert order.index(["node"]) < order.index(["low"]) < order.index(["even", "odd"]) < order.index(["mid"])
    assert order.index(["mid"]) < order.index(["top"])
    recursive = {name for part in analysis.components if part.recursive for name in part.predicates}
    assert recursive == {"even", "odd", "loop"}
    levels = {name: part.level for part in analysis.components for name in part.predicates}
    assert (levels["node"], levels["low"], levels["even"], levels["mid"], levels["top"]) == (0, 1, 2, 3, 4)


def test_what_is_known_of_a_predicate() -> None:
    text = SCHEMA + ".extensible p/1 .private p/1\np(X) :- node(X, _, _).\n.order o: free(N, C) by C"
    analysis = analyse([Program.parse(text, "m.dl")])
    node, p = analysis.predicates["node"], analysis.predicates["p"]
    assert (node.key, node.declared, node.module, node.rules) == ((0,), True, "m.dl", ())
    assert (p.declared, p.extensible, p.private, p.rules[0].number) == (False, True, True, 1)
    assert set(analysis.orders) == {"o"}


def test_a_long_chain_of_rules_is_no_problem() -> None:
    text = "p0(X) :- node(X, _, _).\n" + "".join(f"p{n}(X) :- p{n - 1}(X).\n" for n in range(1, 3000))
    analysis = analyse([Program.parse(SCHEMA + text, "m")])
    assert analysis.components[-1].level == 3000 or max(part.level for part in analysis.components) == 3000


def test_a_long_chain_of_demand_predicates_is_no_problem() -> None:
    chain = "".join(f".demand d{n}/2\nd{n}(X, Y) :- d{n + 1}(X, Y).\n" for n in range(500))
    analysis = analyse([Program.parse(SCHEMA + chain + ".demand d500/2\nd500(X, Y) :- X > Y.", "m")])
    assert analysis.predicates["d0"].patterns == (frozenset({0, 1}),)


def ask(text: str) -> str:
    analysis = analyse(
        [Program.parse(SCHEMA + ".demand far(+, -)\nfar(W, N) :- free(N, _), not placed(W, N).", "m")]
    )
    return ", ".join(map(str, check_goals(analysis, parse_goals(text), text)))


def test_queries_are_converted_like_rules() -> None:
    assert ask('node(N, _, "up"), not placed("w", N)') == "node(N, _, up), not placed(w, N)"
    assert ask('far("w", N)') == "far(w, N)"


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("far(W, N)", "mode", 5),
        ("nod(N)", "unknown-predicate", 1),
        ("node(N)", "arity", 1),
        ("free(N, C), C > K", "unsafe-comparison", 17),
        ("not free(N, _)", "unsafe-negation", 10),
        ("free(N, C), C = up", "type-mismatch", 13),
    ],
)
def test_queries_are_checked_like_rules(text: str, code: str, column: int) -> None:
    with pytest.raises(DatalogError) as refused:
        ask(text)
    (found,) = refused.value.diagnostics
    assert found.span is not None
    assert (found.code, found.span.column) == (code, column)
