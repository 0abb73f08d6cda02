"""Every static check: the mistakes it finds, with code, place, message and hint."""

import pytest

from datalox.check import analyse
from datalox.diagnostics import DatalogError
from datalox.program import Program

MISTAKES = [
    # safety
    ("p(X, Y) :- q(X).", "unsafe-head-variable", 1, 6, "Y in the head has no value", ".demand p/2"),
    ("p(_) :- q(_).", "unsafe-head-variable", 1, 3, "the head has a _", "name it"),
    ("p(X + Y) :- q(X).", "unsafe-head-variable", 1, 7, "Y in the head", "positive atom"),
    ("p(X).", "unsafe-head-variable", 1, 3, "a fact has no variables", "rule with a body"),
    ("p(X) :- q(X), not e(X, Y).", "unsafe-negation", 1, 24, "Y has no value where 'not e(…)'", "or write _"),
    ("p(X) :- q(X), Y > 3.", "unsafe-comparison", 1, 15, "Y has no value to compare", "positive atom"),
    ("p(X) :- q(X), e(X, Y + 1).", "unsafe-argument", 1, 20, "argument of e cannot be computed", ""),
    ("p(N) :- sum(Y, q(X), N).", "unsafe-aggregate", 1, 13, "Y has no value in sum", "bind Y in the goal"),
    ("p(N) :- r(Y), sum(Y, q(X), N).", "unsafe-aggregate", 1, 19, "Y has no value in sum", "in the goal"),
    ("p(N) :- q(_), N = count(N).", "unsafe-head-variable", 1, 3, "N in the head has no", "body bind N"),
    ("p(N) :- count(_, q(_), N).", "unsafe-aggregate", 1, 15, "_ has no value in count", "name it"),
    ("p(X, N) :- q(X), N = sum(Y).", "unsafe-aggregate", 1, 26, "Y has no value in sum", "rest of the body"),
    ("p(X) :- X = Y + 1, Y = X - 1.", "cyclic-assignment", 1, 9, "X → Y → X wait", "Next = X + 1"),
    ("p(X) :- q(X), Y = Y + 1, e(X, Y + 0).", "cyclic-assignment", 1, 15, "Y → Y wait", "name of its own"),
    # names and arities
    ("p(X) :- w(X).", "unknown-predicate", 1, 9, "unknown predicate w/1", ".decl w(c1)"),
    ("p(X) :- q(X), not node(X).\n.decl nodes(a)", "unknown-predicate", 1, 19, "node/1", "mean nodes/1"),
    ("p(N) :- count(X, w(X), N).", "unknown-predicate", 1, 18, "unknown predicate w/1", ""),
    ("p(X) :- q(X, 1).", "arity", 1, 9, "q takes 1 argument, here it has 2", "base.dl:1:1"),
    ("p(X) :- q(X).\np(X, X) :- q(X).", "arity", 2, 1, "p takes 1 argument, here it has 2", "p/1 comes from"),
    ("p(a, b).\np(a).", "arity", 2, 1, "p takes 2 arguments, here it has 1", ""),
    ("w(X) :- q(X).\n.private w/2", "arity", 1, 1, "w takes 2 arguments", "comes from m1.dl:2:1"),
    # declarations
    (".decl x(a)\n.decl x(a)", "duplicate-declaration", 2, 1, "x is declared twice", "first at m1.dl:1:1"),
    (".demand x/1\n.demand x(+)", "duplicate-declaration", 2, 1, "declared .demand twice", "m1.dl:1:1"),
    (".order o: q(X) by X\n.order o: r(X) by X", "duplicate-declaration", 2, 1, "declared as an order", ""),
    (".decl x(a, b, a)", "duplicate-column", 1, 1, "x has 2 columns called a", ""),
    (".decl x(a) key(a, a)", "duplicate-column", 1, 1, "the key of x names a twice", ""),
    (".decl x(a: txt)", "unknown-type", 1, 1, "there is no type txt", "did you mean text?"),
    (".decl x(a: zzz)", "unknown-type", 1, 1, "there is no type zzz", "types: symbol, string"),
    (".decl x(a, b) key(c)", "unknown-key-column", 1, 1, "the key of x names c", "columns: a, b"),
    (".decl count(a)", "reserved-name", 1, 1, "'count' is a word of the language", "another name"),
    (".order o: q(X + 1) by X", "order", 1, 13, "has an expression in it", "name the column"),
    (".order o: q(X) by Y", "order", 1, 19, "Y is no variable of q(X)", "its own atom"),
    (".order o: w(X) by X", "unknown-predicate", 1, 11, "unknown predicate w/1", ""),
    # kinds of values
    ("p(X) :- t(X, abc).", "type-mismatch", 1, 14, "abc is a symbol, column n of t/2 takes", "declared"),
    ("t(1, 2).", "type-mismatch", 1, 3, "1 is an integer, column a of t/2 takes text", "declared at"),
    ("p(X) :- t(X, N), t(N, _).", "type-mismatch", 1, 20, "N is a number in column n of t/2 and text", ""),
    ("p(X) :- t(X, _), s(X).", "type-mismatch", 1, 20, "X is text in column a of t/2 and a string", ""),
    ("p(X) :- t(X, N), N = big.", "type-mismatch", 1, 18, "'N = big' is never true", "one kind"),
    ("p(X) :- t(X, N), X != 3.", "type-mismatch", 1, 18, "'X != 3' is always true", "one kind"),
    ("p(X) :- t(X, N), X < 3.", "type-mismatch", 1, 18, "X is text and 3 is an integer", "one kind"),
    ("p(X) :- t(X, N), N > X + 1.", "type-mismatch", 1, 22, "X is text, 'X + 1' needs numbers", ""),
    ("p(X) :- t(X, N), N > -X.", "type-mismatch", 1, 23, "X is text, '-X' needs numbers", ""),
    ("p(N) :- sum(X, t(X, _), N).", "type-mismatch", 1, 13, "sum needs numbers, X is text", "count"),
    ("p(X) :- t(X, N), not t(N, _).", "type-mismatch", 1, 24, "N is a number", ""),
    ("p(X) :- t(X, _). u(X) :- p(X), X > 3.", "type-mismatch", 1, 32, "X is text", ""),
    # strata
    ("p(X) :- q(X), not p(X).", "cycle-through-negation", 1, 15, "p → p is a cycle", "its own absence"),
    ("p(X) :- q(X), not w(X).\nw(X) :- p(X).", "cycle-through-negation", 1, 15, "w needs p  (m1.dl:2", ""),
    ("p(N) :- count(X, p(X), N).", "cycle-through-aggregation", 1, 9, "p needs a total over p", "total"),
    ("p(N) :- p(X), N = count(X).", "cycle-through-aggregation", 1, 9, "p needs a total over p", ""),
    # the clock
    ("now(5).", "clock", 1, 1, "cannot be declared, stated or derived", "transaction(now=…)"),
    ("now(X) :- q(X).", "clock", 1, 1, "cannot be declared", ""),
    (".decl now(t)", "clock", 1, 1, "cannot be declared", ""),
    ("p(X) :- q(X), now(T), now(U), U < T.", "clock", 1, 23, "now is read twice", "reuse the variable"),
    ("p(X) :- q(X), now(T, 1).", "clock", 1, 15, "now takes 1 argument, here it has 2", "now(T)"),
    ("p(X) :- q(X), not now(X).", "clock", 1, 15, "the clock cannot be negated", "compare T"),
    ("p(N) :- count(T, now(T), N).", "clock", 1, 9, "count cannot range over the clock", ""),
    # demand
    (".demand d(+)\nd(X) :- q(X).\np(X) :- d(X).", "demand-in-materialised", 3, 9, "on demand", "p/1"),
    (".demand d(+) .demand c/1\nd(X) :- X > 1.\nc(Y) :- q(Y), d(Z).", "mode", 3, 17, "argument 1 (Z)", ""),
    (".demand d(+, -)\nd(X, Y) :- q(X), Y > X.", "unsafe-head-variable", 2, 6, "Y in the head", "place +"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "line", "column", "message", "hint"), MISTAKES)
def test_mistake(errors, text, code, line, column, message, hint) -> None:  # type: ignore[no-untyped-def]
    found = errors(text)
    assert [(seen.code, seen.span.line, seen.span.column) for seen in found] == [(code, line, column)]
    assert message in found[0].message
    assert hint in found[0].hint
    assert found[0].severity == "error"


RIGHT = [
    "p(X) :- q(X), Y = X + 1, Z = Y * 2, e(X, Z).",
    "p(Z) :- Z = Y * 2, Y = X + 1, q(X).",
    "p(X) :- X = 5.",
    "p(X) :- 5 = X.",
    "p(X) :- q(X), not e(X, _).",
    "p(X, N) :- count(Y, e(X, Y), N).",
    "p(X, N) :- q(X), N = count(Y), e(X, Y), N > 3.",
    "p() :- count(X, q(X), N), count(X, r(X), M), N > M.",
    "p(X) :- e(X, X + 1).",
    "p(X, Y) :- e(X, Y).\np(X, Z) :- p(X, Y), p(Y, Z).",
    "p(X) :- q(X).\nw(X) :- q(X), not p(X).\nv(X) :- w(X), not p(X).",
    "p(X) :- q(X), now(T), T > X.",
    ".demand d(+, +)\nd(W, N) :- count(X, e(X, N), K), K >= 5.",
    ".demand d/2\nd(X, Y) :- Y = X + 1.\n.demand c/1\nc(Y) :- q(X), d(X, Y).",
    ".demand d/1\nd(X) :- q(X).\nd(X) :- e(X, Y), d(Y).",
    "t(abc, 1.5). t(\"abc\", 2).",
    "p(X) :- t(X, N), X = \"abc\".",
    "p(X) :- s(X), X < \"abc\".",
    "p(X) :- q(X), X < 3, X != abc.",
    "q(a). r(b).",
    ".order o: t(A, N) by N * 2 desc",
]  # fmt: skip


@pytest.mark.parametrize("text", RIGHT)
def test_right(errors, text: str) -> None:  # type: ignore[no-untyped-def]
    assert not errors(text)


def test_all_errors_come_together_sorted_by_place(errors) -> None:  # type: ignore[no-untyped-def]
    found = errors("p(X, Y) :- q(X).\nu(X) :- w(X), not v(Y).\n", "z(X) :- q(X, 1).\n.decl y(a: nix)")
    assert [(seen.span.file, seen.span.line, seen.code) for seen in found] == [
        ("m1.dl", 1, "unsafe-head-variable"),
        ("m1.dl", 2, "unknown-predicate"),
        ("m1.dl", 2, "unknown-predicate"),
        ("m1.dl", 2, "unsafe-negation"),
        ("m2.dl", 1, "arity"),
        ("m2.dl", 2, "unknown-type"),
    ]


def test_the_error_prints_every_place_with_its_source() -> None:
    program = Program.parse(".decl node(id)\nhealthy(N) :- nod(N).", "rules.dl")
    with pytest.raises(DatalogError) as refused:
        analyse([program])
    assert str(refused.value) == (
        "rules.dl:2:15: error[unknown-predicate]: unknown predicate nod/1\n"
        "  2 | healthy(N) :- nod(N).\n"
        "    |               ^^^^^^\n"
        "  hint: did you mean node/1 or now/1?"
    )


def test_a_call_with_too_few_arguments_is_an_arity_error_alone(errors) -> None:  # type: ignore[no-untyped-def]
    (found,) = errors(".demand d(+) .demand c/0\nc() :- d().")
    assert (found.code, found.message) == ("arity", "d takes 1 argument, here it has 0")


def test_two_modules_of_one_name_are_refused() -> None:
    with pytest.raises(DatalogError) as refused:
        analyse([Program.parse("p(a).", "m"), Program.parse("r(a).", "m")])
    assert [found.code for found in refused.value.diagnostics] == ["duplicate-module"]


def test_in_an_open_world_unknown_predicates_are_base_predicates() -> None:
    analysis = analyse([Program.parse("p(X) :- node(X, _), not gone(X).", "m")], open_world=True)
    assert analysis.predicates["node"].arity == 2
    assert not analysis.predicates["gone"].declared


def test_the_whole_cycle_is_printed(errors) -> None:  # type: ignore[no-untyped-def]
    text = "a(X) :- q(X), not b(X).\nb(X) :- c(X).\nc(X) :- r(X), a(X).\nz(X) :- a(X)."
    (found,) = errors(text)
    assert found.message == (
        "a → b → c → a is a cycle through negation:\n"
        "  a needs not b  (m1.dl:1: a(X) :- q(X), not b(X).)\n"
        "  b needs c  (m1.dl:2: b(X) :- c(X).)\n"
        "  c needs a  (m1.dl:3: c(X) :- r(X), a(X).)"
    )
