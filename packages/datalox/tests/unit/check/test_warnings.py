"""What is legal and probably not meant."""

import pytest

DECLS = ".decl n(a, c) .decl w(a, m) .decl setting(name, value) key(name)\n"

WARNED = [
    (
        "can(W, N) :- w(W, M), n(N, C), C >= M.",
        "cross-product",
        2,
        1,
        "every w with every n",
        ".demand can/2",
    ),
    ("can(W, N) :- w(W, _), n(N, _), q(W).", "cross-product", 2, 1, "every w, q with every n", ""),
    ("p(X) :- q(X), 1 > 2.", "dead-rule", 2, 15, "1 > 2 is false", "remove it"),
    ("p(X) :- q(X), X = 3, X > 5.", "dead-rule", 2, 22, "X > 5 is false (X = 3)", ""),
    ("p(X) :- q(X), X = a, X = b.", "dead-rule", 2, 22, "X = b is false (X = a)", ""),
    ("p(X) :- q(X), not q(X).", "dead-rule", 2, 15, "q(X) is required and excluded", ""),
    ("p(X) :- q(X).\np(X) :- q(X).", "dead-rule", 3, 1, "says the same as the one at m1.dl:2:1", ""),
    (
        "p(X, Y) :- w(X, Y).\np(X, Z) :- p(X, Y), p(Y, Z), X != Z.",
        "slow-recursion",
        3,
        1,
        "every p",
        "starts from",
    ),
    (
        "p(X, Z) :- p(X, Y), p(Y, Z).\np(X, Y) :- w(X, Y).\np(Y, X) :- p(X, Y).",
        "slow-recursion",
        2,
        1,
        "every p",
        "",
    ),
    ("p(X, T) :- q(X), now(T).", "time-join", 2, 1, "T changes with the clock", "keep the instant"),
    ("p(X, A) :- w(X, T), now(U), A = U - T.", "time-join", 2, 1, "A changes with the clock", ""),
    ("p(X) :- now(T), w(X, T).", "time-join", 2, 17, "w is joined with the clock", ""),
    ("p(X) :- w(X, S), now(T), T mod 60 > S.", "time-join", 2, 26, "does not isolate the clock", "constants"),
    ("p(X) :- w(X, S), now(T), T * T > S.", "time-join", 2, 26, "does not isolate the clock", ""),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "message", "hint"), WARNED)
def test_warned(warnings, text, code, line, column, message, hint) -> None:  # type: ignore[no-untyped-def]
    found = warnings(DECLS + text)
    assert [(seen.code, seen.span.line, seen.span.column) for seen in found] == [(code, line, column)]
    assert found[0].severity == "warning"
    assert message in found[0].message
    assert hint in found[0].hint


@pytest.mark.parametrize(
    "text",
    [
        "p(W, L) :- w(W, _), setting(lease, L).",
        ".demand can/2\ncan(W, N) :- w(W, M), n(N, C), C >= M.",
        "p(W) :- w(W, M), n(_, C), C >= M.",
        "p(W, N) :- w(W, M), n(N, M).",
        "p(W, N) :- w(W, M), n(N, C), C = M.",
        "total(N) :- count(X, q(X), N).\np(W, N) :- w(W, _), total(N).",
        "p(X) :- w(X, T), now(U), U - T > 30.",
        "p(X) :- w(X, T), now(U), A = U - T, A > 30, U * 2 > 5, U / 2 < 10.",
        "p(X) :- q(X).\np(X) :- r(X).",
        "p(X, Y) :- w(X, Y).\np(X, Z) :- p(X, Y), p(Y, Z).\np(X, Z) :- p(X, Y), n(Y, Z).",
        "p(X, Y) :- w(X, Y).\np(X, Z) :- p(X, Y), w(Y, Z), X != Z.",
        "p(X, Y) :- w(X, Y).\np(X, Z) :- p(X, Y), p(Z, X), w(Y, Z).",
    ],
)
def test_not_warned(warnings, text: str) -> None:  # type: ignore[no-untyped-def]
    assert not warnings(DECLS + text)
