"""A whole text: its clauses and declarations, and every syntax error in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from datalox.diagnostics import DatalogError, Diagnostic, sorted_by_place
from datalox.parse.body import parse_body
from datalox.parse.comments import comment_of
from datalox.parse.cursor import ClauseError, Cursor, describe
from datalox.parse.directive import at_directive, parse_directive
from datalox.parse.expression import AGGREGATES, parse_atom
from datalox.parse.lexer import Comment, lex
from datalox.terms import Atom, BodyItem, Const, Declaration, Fact, Rule, Span, Term
from datalox.values import NoValueError, evaluate

_MAX_ERRORS: Final = 100


@dataclass(slots=True)
class Parsed:
    """What stands in a text, and what is wrong with it."""

    declarations: list[Declaration] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def parse(text: str, file: str) -> Parsed:
    """Reads on behind every error. Any text gives a result; `diagnostics` is empty when it is a program."""
    lexed = lex(text, file)
    reader = ClauseReader(Cursor(lexed), text, lexed.comments, Parsed(diagnostics=lexed.diagnostics))
    while not reader.cursor.at_end and len(reader.parsed.diagnostics) < _MAX_ERRORS:
        reader.read_safely()
    reader.parsed.diagnostics = list(sorted_by_place(reader.parsed.diagnostics))
    return reader.parsed


def parse_goals(text: str, file: str = "<query>") -> tuple[BodyItem, ...]:
    """The body items of a query such as `can_place(W, N), not node_overloaded(N)`; a final '.' is allowed."""
    lexed = lex(text, file)
    cursor = Cursor(lexed)
    body: tuple[BodyItem, ...] = ()
    faults = list(lexed.diagnostics)
    try:
        body = parse_body(cursor)
        cursor.accept(".")
        if not cursor.at_end:
            raise cursor.fault(f"expected ',' or the end of the query, found {describe(cursor.token)}")
    except ClauseError as fault:
        faults.append(fault.diagnostic)
    if faults:
        raise DatalogError(sorted_by_place(faults), {file: text})
    return body


class ClauseReader:
    """Reads one clause after the other into `parsed`."""

    def __init__(self, cursor: Cursor, text: str, comments: list[Comment], parsed: Parsed) -> None:
        self.cursor = cursor
        self.text = text
        self.comments = comments
        self.parsed = parsed

    def read_safely(self) -> None:
        """One clause; if it cannot be read, its error, and the cursor stands behind it."""
        start = self.cursor.index
        try:
            self.read()
        except ClauseError as fault:
            self.parsed.diagnostics.append(fault.diagnostic)
            if fault.resume is None:
                self._skip()
            else:
                self.cursor.index = fault.resume
            if self.cursor.index == start:
                self.cursor.advance()

    def read(self) -> None:
        self.cursor.begin_clause()
        if at_directive(self.cursor):
            self.parsed.declarations.append(parse_directive(self.cursor))
            return
        start = self.cursor.token
        head = self._head()
        if self.cursor.accept(":-"):
            body = parse_body(self.cursor)
            self._full_stop(start.span)
            self.parsed.rules.append(self._rule(head, body, self.cursor.span_from(start.span), start.start))
        else:
            self._full_stop(start.span)
            self.parsed.facts.append(Fact(self._folded(head), self.cursor.span_from(start.span)))

    def _head(self) -> Atom:
        token = self.cursor.token
        if self.cursor.is_mark(":-"):
            raise self.cursor.fault("a rule needs a head", "write what follows from the body before ':-'")
        if token.kind == "name" and token.value in AGGREGATES and self.cursor.calls():
            raise self.cursor.fault(
                f"'{token.value}' is an aggregate, not a predicate", "choose another name"
            )
        return parse_atom(self.cursor, "a fact, a rule or a declaration")

    def _rule(self, head: Atom, body: tuple[BodyItem, ...], span: Span, start: int) -> Rule:
        end = self.cursor.previous.end
        comment = comment_of(self.comments, self.text, span.line, start, end)
        return Rule(head, body, span, comment, self.text[start:end])

    def _folded(self, atom: Atom) -> Atom:
        """Facts are ground: their arithmetic is done now."""
        return replace(atom, terms=tuple(self._folded_term(term) for term in atom.terms))

    def _folded_term(self, term: Term) -> Term:
        if isinstance(term, Const):
            return term
        try:
            value = evaluate(term, {})
        except NoValueError as fault:
            raise self.cursor.fault(f"this value cannot be computed: {fault}", "", term.span) from fault
        except KeyError:
            return term
        return Const(value, term.span)

    def _full_stop(self, start: Span) -> None:
        if self.cursor.accept("."):
            return
        token, previous = self.cursor.token, self.cursor.previous
        end = previous.span
        behind = Span(end.file, end.end_line, end.end_column, end.end_line, end.end_column + 1)
        if token.kind == "end":
            raise self.cursor.fault("the text ends before the full stop", "end every clause with '.'", behind)
        if token.first_on_line and (token.kind == "name" or at_directive(self.cursor)):
            raise ClauseError(
                Diagnostic(
                    "syntax",
                    "a ',' or '.' is missing here",
                    f"the clause that starts on line {start.line} goes on into line {token.span.line}: "
                    "end it with '.'",
                    behind,
                ),
                self.cursor.index,
            )
        raise self.cursor.fault(
            f"expected ',' or '.', found {describe(token)}", _continuation_hint(self.cursor)
        )

    def _skip(self) -> None:
        """Behind the next full stop, or to what looks like the start of a clause."""
        cursor = self.cursor
        while not cursor.at_end:
            if (
                cursor.index
                and cursor.token.first_on_line
                and cursor.token.span.column == 1
                and (cursor.token.kind == "name" or at_directive(cursor))
            ):
                return
            if cursor.advance().value == "." and cursor.previous.kind == "mark":
                return


def _continuation_hint(cursor: Cursor) -> str:
    if cursor.is_mark(":-"):
        return "a clause has one ':-': is the full stop of the one before missing?"
    if cursor.is_mark(")"):
        return "this parenthesis was never opened"
    if cursor.calls() or cursor.token.kind == "variable" or cursor.is_name("not"):
        return "separate body items with ','"
    return ""
