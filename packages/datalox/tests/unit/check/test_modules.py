"""Who may add to what, and use what, across modules."""

import pytest

OWNER = ".decl base(a)\np(X) :- q(X).\n"

REFUSED = [
    (OWNER, "p(X) :- r(X).", "not-extensible", "p/1 belongs to m1.dl, other modules cannot add rules to it"),
    (OWNER, "base(X) :- r(X).", "not-extensible", "base/1 belongs to m1.dl"),
    (OWNER, "p(a).", "not-extensible", "other modules cannot add facts to it"),
    (OWNER + ".private p/1", "u(X) :- p(X).", "private", "p/1 is private to m1.dl"),
    (OWNER + ".private p/1", "u(X) :- q(X), not p(X).", "private", "p/1 is private to m1.dl"),
    (OWNER + ".private p/1", "u(N) :- count(X, p(X), N).", "private", "p/1 is private to m1.dl"),
    (OWNER, ".decl p(a)", "not-extensible", "p/1 belongs to m1.dl, other modules cannot redeclare it"),
    (OWNER, ".extensible base/1", "not-extensible", "cannot redeclare it"),
    (OWNER, ".demand p/1", "not-extensible", "cannot redeclare it"),
    (OWNER + ".extensible p/1", ".private p/1", "not-extensible", "cannot redeclare it"),
]


@pytest.mark.parametrize(("owner", "guest", "code", "message"), REFUSED)
def test_refused(errors, owner, guest, code, message) -> None:  # type: ignore[no-untyped-def]
    found = errors(owner, guest)
    assert [seen.code for seen in found] == [code]
    assert message in found[0].message


@pytest.mark.parametrize(
    ("owner", "guest"),
    [
        (OWNER + ".extensible p/1", "p(X) :- r(X)."),
        (OWNER + ".extensible p/1", "p(a)."),
        (OWNER, "base(a). base(b)."),
        ("other(a).", ".decl other(x: symbol)\np(X) :- other(X)."),
        (OWNER, "u(X) :- p(X), base(X)."),
        (".demand d(+,+) .extensible d/2", "d(W, N) :- count(X, e(X, N), K), K >= 5."),
        (OWNER + ".private p/1\nu(X) :- p(X).", "v(X) :- u(X)."),
    ],
)
def test_allowed(errors, owner, guest) -> None:  # type: ignore[no-untyped-def]
    assert not errors(owner, guest)


def test_the_hint_names_the_declaration_that_would_open_it(errors) -> None:  # type: ignore[no-untyped-def]
    (found,) = errors(OWNER, "p(X) :- r(X).")
    assert "declare .extensible p/1 in m1.dl" in found.hint
    assert str(found.span) == "m2.dl:1:1"
