"""Test files: what they say when something is not as expected, and when they cannot be read."""

from pathlib import Path

import pytest

from datalox.diagnostics import DatalogError
from datalox.program import Program
from datalox.testing import Outcome, collect, run_file, run_text

RULES = """
program {
    .decl node(id: text, status: symbol) key(id)
    .decl beat(id: text, at: int) key(id)
    healthy(N) :- node(N, up), beat(N, T), now(W), W - T < 30.
    .order latest: beat(N, T) by T desc
}
given { node(n1, up). beat(n1, 100). }
at 110.
"""


def only(text: str) -> Outcome:
    (outcome,) = run_text(RULES + text, "t.dlt")
    return outcome


def messages(text: str) -> str:
    return "\n".join(map(str, only(text).failures))


@pytest.mark.parametrize(
    "text",
    [
        'expect { healthy(n1). healthy("n1"). not healthy(n2). healthy(N), node(N, S), S != down. }',
        "expect { count healthy(_) = 1. count node(_, down) = 0. }",
        "changes { + healthy(n1). no node/2. }",
        "exactly { healthy(n1). }",
        "change { - beat(n1, 100). } changes { - beat(n1, 100). - healthy(n1). }",
        "change { replace beat(n1, 105). } changes { - beat(n1, 100). + beat(n1, 105). }",
        "at +20. changes { - healthy(n1). } at -20. changes { + healthy(n1). }",
        "at never. changes { - healthy(n1). }",
        "warned { }",
        "change { + beat(n2, 105). } best latest beat(_, _) { beat(n2, 105). beat(n1, 100). }",
        "what_if { - node(n1, up). } changes { - node(n1, up). - healthy(n1). } expect { healthy(n1). }",
        'change { + nod(a). } fails "unknown-predicate".',
        'ask "healthy(X, Y)" fails "arity".',
        "load more { up(N) :- healthy(N). } changes { + up(n1). } remove more. changes { - up(n1). }",
    ],
)
def test_what_is_as_expected_passes(text: str) -> None:
    assert only(text).passed, only(text)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("expect {\n healthy(n2). }", 11, ["expected healthy(n2)", "node(n2, up)"]),
        ("expect { not healthy(n1). }", 10, ["expected not healthy(n1), but it holds", "110 - 100 < 30"]),
        ("expect { healthy(N), node(N, down). }", 10, ["expected healthy(N), node(N, down)"]),
        ("expect { count healthy(_) = 2. }", 10, ["count healthy(_) is 1, expected 2"]),
        ("changes { + healthy(n1). - node(n1, up). }", 10, ["expected, not found: - node(n1, up)"]),
        ("changes { - healthy(n1). }", 10, ["not expected: + healthy(n1)", "not found: - healthy(n1)"]),
        ("changes { no healthy/1. }", 10, ["found, not expected: + healthy(n1)"]),
        ("changes { }", 10, ["found, not expected: + healthy(n1)"]),
        ("best latest beat(_, _) { beat(n2, 105). }", 10, ["the best 1 by latest are beat(n1, 100)"]),
        ("what_if { + beat(n2, 1). } changes { no beat/2. }", 10, ["found, not expected: + beat(n2, 1)"]),
        ("exactly { no healthy/1. }", 10, ["found, not expected: healthy(n1)"]),
        ("exactly { healthy(n1). healthy(n2). }", 10, ["expected, not found: healthy(n2)"]),
        ('change { + node(n2, up). } fails "arity".', 10, ["fail with arity, but it was accepted"]),
        ('change { + nod(n2). } fails "arity".', 10, ["fail with arity, found", "unknown-predicate"]),
        ("change { + nod(n2). }", 10, ["refused", "unknown-predicate"]),
        ('ask "healthy(X)" fails "mode".', 10, ["expected the query to fail with mode, it has 1 answers"]),
        ('ask "nod(X)" fails "mode".', 10, ["query to fail with mode, found", "unknown-pred"]),
        ('refused { "syntax" 1:1. }', 10, ['expected, not found: "syntax" 1:1']),
        ('load more { p(X) :- nod(X). }', 10, ["refused", "unknown-predicate"]),
        ("change { + node(X, up). }", 10, ["has to be ground here: X is no constant"]),
    ],
)  # fmt: skip
def test_what_is_not_as_expected_is_told(text: str, line: int, words: list[str]) -> None:
    told = messages(text)
    assert told.startswith(f"{line}: ")
    for part in words:
        assert part in told


def test_programs_that_are_refused() -> None:
    text = 'program { p(X) :- q(X, Y) r(X). }\nrefused { "syntax" 1:17 "separate". }'
    assert run_text(text)[0].passed
    assert not run_text('program { p(X) :- q(X). }\nrefused { "syntax". }')[0].passed
    assert not run_text("program { p(X, Y) :- q(X). }\nexpect { p(a, b). }")[0].passed
    assert not run_text('program { p(X, Y) :- q(X). }\nwarned { "dead-rule". }')[0].passed
    warned = 'program { p(X, Y) :- q(X), r(Y). } warned { "cross-product" 1:1. } expect { not p(a, b). }'
    assert run_text(warned)[0].passed


def test_named_tests_start_from_what_stands_before_the_first() -> None:
    tests = """
    test "a". at 200. expect { not healthy(n1). }
    test "b". expect { healthy(n1). }
    test "c". expect { not node(n1, up). }
    """
    outcomes = run_text(RULES + tests, "t.dlt")
    assert [(found.name, found.passed) for found in outcomes] == [("a", True), ("b", True), ("c", False)]


def test_programs_come_from_files_and_from_the_caller(tmp_path: Path) -> None:
    (tmp_path / "rules.dl").write_text("p(X) :- q(X), not r(X).", encoding="utf-8")
    test = tmp_path / "p.dlt"
    test.write_text('use "rules.dl".\ngiven { q(a). }\nexpect { p(a). s(a). }', encoding="utf-8")
    assert run_file(test, [Program.parse("s(X) :- q(X).", "more.dl")])[0].passed


def test_collect_finds_every_file_and_check_raises(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    text = 'program { p(X) :- q(X). } test "x". expect { p(a). } test "y". expect { not p(a). }'
    (tmp_path / "a.dlt").write_text(text, encoding="utf-8")
    (tmp_path / "sub" / "b.dlt").write_text("given { p(a). } expect { p(a). }", encoding="utf-8")
    cases = collect(tmp_path)
    assert [str(case) for case in cases] == ["a: x", "a: y", "b"]
    with pytest.raises(AssertionError, match=r"a\.dlt:1: expected p\(a\)"):
        cases[0].check()
    cases[2].check()


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("exect { p(a). }", 1, "expected a step of a test, found 'exect'"),
        ("expect { p(a) }", 15, "expected '.'"),
        ("expect { p(a).", 15, "the text ends inside a block"),
        ("program { p(a).", 9, "the program is not closed"),
        ("change { p(a). }", 10, "expected + or - or replace or at"),
        ("changes { p(a). }", 11, "expected + atom, - atom or no p/1"),
        ("at noon.", 4, "expected an instant"),
        ("use rules.", 5, "expected the path of a program as a \"string\""),
        ("expect { count p(X) = n. }", 23, "expected a number of rows"),
        ("expect { p(é). }", 12, "not part of the language"),
        ("refused { }", 1, "refused { } says nothing"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(text: str, column: int, message: str) -> None:
    with pytest.raises(DatalogError) as refused:
        run_text(text, "t.dlt")
    found = refused.value.diagnostics[0]
    assert found.span is not None
    assert (found.span.line, found.span.column) == (1, column)
    assert message in found.message
