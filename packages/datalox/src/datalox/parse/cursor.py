"""A place in a list of tokens, and what every part of the parser does with it: look, take, refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from datalox.diagnostics import Diagnostic
from datalox.parse.lexer import Lexed, Token
from datalox.terms import Span, Var

Parsed = TypeVar("Parsed")

# Deeper expressions would let the recursion of later stages, ours and Python's, decide what is legal.
MAX_OPERATORS: Final = 64


class ClauseError(Exception):
    """The clause cannot be read on. `resume`: the token to go on from; None: behind the next full stop."""

    def __init__(self, diagnostic: Diagnostic, resume: int | None = None) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic
        self.resume = resume


class Cursor:
    def __init__(self, lexed: Lexed) -> None:
        self.tokens = lexed.tokens
        self.index = 0
        self._wildcards = 0
        self._operators = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    @property
    def previous(self) -> Token:
        return self.tokens[max(0, self.index - 1)]

    @property
    def following(self) -> Token:
        return self.tokens[min(self.index + 1, len(self.tokens) - 1)]

    @property
    def at_end(self) -> bool:
        return self.token.kind == "end"

    def begin_clause(self) -> None:
        self._wildcards = 0
        self._operators = 0

    def begin_expression(self) -> None:
        self._operators = 0

    def count_operator(self) -> None:
        self._operators += 1
        if self._operators > MAX_OPERATORS:
            raise self.fault(
                "this expression is too long",
                f"at most {MAX_OPERATORS} operators and parentheses: split it with V = …",
            )

    def wildcard(self, span: Span) -> Var:
        self._wildcards += 1
        return Var(f"_#{self._wildcards}", span)

    def is_mark(self, *marks: str) -> bool:
        return self.token.kind == "mark" and self.token.value in marks

    def is_name(self, *names: str) -> bool:
        return self.token.kind == "name" and (not names or self.token.value in names)

    def calls(self) -> bool:
        """At `name (`."""
        return self.token.kind == "name" and self.following.kind == "mark" and self.following.value == "("

    def advance(self) -> Token:
        token = self.token
        if token.kind != "end":
            self.index += 1
        return token

    def several(self, one: Callable[[], Parsed]) -> list[Parsed]:
        """One or more, with commas between them."""
        found = [one()]
        while self.accept(","):
            found.append(one())
        return found

    def enclosed(self, one: Callable[[], Parsed], what: str) -> list[Parsed]:
        """What stands up to the closing parenthesis, and that; it may be nothing."""
        found = [] if self.is_mark(")") else self.several(one)
        self.expect(")", f"or ',' in {what}")
        return found

    def accept(self, *marks: str) -> bool:
        if self.is_mark(*marks):
            self.index += 1
            return True
        return False

    def expect(self, mark: str, where: str) -> Token:
        if not self.is_mark(mark):
            raise self.fault(f"expected '{mark}' {where}, found {describe(self.token)}")
        return self.advance()

    def expect_name(self, what: str, hint: str = "") -> str:
        if self.token.kind != "name":
            raise self.fault(f"expected {what}, found {describe(self.token)}", hint)
        return str(self.advance().value)

    def expect_int(self, what: str) -> int:
        value = self.token.value
        if self.token.kind != "number" or not isinstance(value, int):
            raise self.fault(f"expected {what}, found {describe(self.token)}")
        self.advance()
        return value

    def span_from(self, start: Span) -> Span:
        """From `start` to the end of the token taken last."""
        end = self.previous.span
        return Span(start.file, start.line, start.column, end.end_line, end.end_column)

    def fault(self, message: str, hint: str = "", span: Span | None = None) -> ClauseError:
        return ClauseError(Diagnostic("syntax", message, hint, span or self.token.span))


def describe(token: Token) -> str:
    """What to call a token in a message."""
    if token.kind == "end":
        return "the end of the text"
    if token.kind == "unclosed":
        return "this string" if token.value == '"' else "this quoted symbol"
    if token.kind == "string":
        return "a string"
    if token.kind == "quoted":
        return "a quoted symbol"
    if token.kind == "variable":
        return f"the variable {token.value}"
    return f"'{token.value}'"
