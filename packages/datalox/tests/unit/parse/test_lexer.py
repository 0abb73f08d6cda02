"""Text becomes tokens, comments and complaints; nothing makes the lexer fail."""

import pytest

from datalox.parse.lexer import lex


def values(text: str) -> list[object]:
    return [token.value for token in lex(text, "t").tokens[:-1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p(X)", ["p", "(", "X", ")"]),
        ("3.14", [3.14]),
        ("1.0 2e3 1e22", [1, 2000, 10**22]),
        ("5.", [5, "."]),
        ("1.5e-7", [1.5e-7]),
        ('"a\\n\\t\\"b\\\\"', ['a\n\t"b\\']),
        ("'it\\'s'", ["it's"]),
        ('"\\u{1f600}"', ["😀"]),
        ("a:-b//c", ["a", ":-", "b", "//", "c"]),
        ("X<-1", ["X", "<", "-", 1]),
        ("X!=Y<=Z>=W", ["X", "!=", "Y", "<=", "Z", ">=", "W"]),
    ],
)
def test_tokens(text: str, expected: list[object]) -> None:
    assert values(text) == expected
    assert not lex(text, "t").diagnostics


def test_integral_floats_are_integers() -> None:
    assert [type(value) for value in values("1.0 2e3 0.5")] == [int, int, float]


@pytest.mark.parametrize(
    ("text", "mark", "hint"),
    [
        ("X => 1", ">=", "greater or equal is written >="),
        ("X =< 1", "<=", "less or equal is written <="),
        ("X == 1", "=", "equality is written ="),
        ("X <> 1", "!=", "not equal is written !="),
        ("a ; b", ",", "one rule per alternative"),
        ("\\+ a", "not", "negation is written not"),
        ("!a", "not", "negation is written not"),
        ("a && b", ",", "comma"),
    ],
)
def test_foreign_marks_are_understood_and_refused(text: str, mark: str, hint: str) -> None:
    lexed = lex(text, "t")
    assert mark in [token.value for token in lexed.tokens]
    assert [found.code for found in lexed.diagnostics] == ["syntax"]
    assert hint in lexed.diagnostics[0].hint


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ('p("a\\qb")', "unknown escape \\q", 5),
        ('p("\\u{d800}")', "unknown escape \\u{d800}", 4),
        ('p("\\u{110000}")', "unknown escape", 4),
        ("p(é)", "the character 'é' is not part of the language", 3),
        ("p(1e999)", "this number is too large", 3),
        (f"p({'9' * 5000})", "this number is too long", 3),
        ("# comment", "'#' is not part of the language", 1),
        ("p(\x00)", "the character '\\x00'", 3),
    ],
)
def test_what_cannot_be_read(text: str, message: str, column: int) -> None:
    (found,) = lex(text, "f.dl").diagnostics
    assert message in found.message
    assert found.span is not None
    assert (found.span.file, found.span.line, found.span.column) == ("f.dl", 1, column)


def test_lines_and_columns() -> None:
    tokens = lex("p(X) :-\n\n  q(X).\r\n\tr.", "f").tokens
    places = {str(token.value): (token.span.line, token.span.column) for token in tokens}
    assert places["q"] == (3, 3)
    assert places["r"] == (4, 2)
    assert [token.value for token in tokens if token.first_on_line] == ["p", "q", "r"]


def test_comments_keep_their_plain_words() -> None:
    lexed = lex("%% two   words \np. % behind", "f")
    assert [(comment.words, comment.line, comment.alone) for comment in lexed.comments] == [
        ("two words", 1, True),
        ("behind", 2, False),
    ]


def test_a_percent_sign_in_a_string_is_no_comment() -> None:
    assert values('"50%" % half') == ["50%"]
