"""Reads test files: words of their own around atoms and goals of the language."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Final

from datalox.diagnostics import DatalogError, Diagnostic, sorted_by_place
from datalox.parse.body import parse_body
from datalox.parse.cursor import ClauseError, Cursor, describe
from datalox.parse.expression import parse_atom
from datalox.parse.lexer import Lexed, lex
from datalox.terms import Atom, Literal, Span
from datalox.testing.script import (
    Asked,
    Best,
    Change,
    Clock,
    Complaint,
    Exactly,
    Expectation,
    Explained,
    Limit,
    Module,
    NetChanges,
    Operation,
    Refused,
    Remove,
    Step,
    Test,
    Use,
)


def read_tests(text: str, file: str, name: str) -> list[Test]:
    """The tests of a file; one called `name` if the file names none. Raises DatalogError."""
    reader = _Reader(text, file)
    try:
        tests = reader.read(name)
    except ClauseError as fault:
        raise DatalogError([fault.diagnostic], {file: text}) from fault
    complaints = reader.complaints_outside_programs()
    if complaints:
        raise DatalogError(sorted_by_place(complaints), {file: text})
    return tests


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.lexed: Lexed = lex(text, file)
        self.cursor = Cursor(self.lexed)
        self.program_lines: set[int] = set()

    def complaints_outside_programs(self) -> list[Diagnostic]:
        """What the lexer could not read, inline programs aside: those are parsed by themselves."""
        return [
            found
            for found in self.lexed.diagnostics
            if found.span is None or found.span.line not in self.program_lines
        ]

    def read(self, name: str) -> list[Test]:
        shared: list[Step] = []
        tests: list[tuple[str, list[Step]]] = []
        while not self.cursor.at_end:
            if self.cursor.is_name("test"):
                self.cursor.advance()
                tests.append((self._string("the name of the test"), []))
                self._stop()
            else:
                (tests[-1][1] if tests else shared).extend(self._statement())
        if not tests:
            return [Test(name, tuple(shared))]
        return [Test(title, (*shared, *steps)) for title, steps in tests]

    def _statement(self) -> list[Step]:
        self.cursor.begin_clause()
        token = self.cursor.token
        read = _STATEMENTS.get(str(token.value)) if token.kind == "name" else None
        if read is None:
            raise self.cursor.fault(
                f"expected a step of a test, found {describe(token)}",
                f"steps: test, {', '.join(_STATEMENTS)}",
            )
        self.cursor.advance()
        return read(self, token.span)

    def _stop(self) -> None:
        self.cursor.expect(".", "at the end of this step")

    def _string(self, what: str) -> str:
        if self.cursor.token.kind != "string":
            raise self.cursor.fault(f'expected {what} as a "string", found {describe(self.cursor.token)}')
        return str(self.cursor.advance().value)

    def _block(self) -> bool:
        """Whether another item stands before the closing brace."""
        if self.cursor.at_end:
            raise self.cursor.fault("the text ends inside a block", "close it with }")
        self.cursor.begin_clause()
        return not self.cursor.accept("}")

    # -- statements

    def use(self, span: Span) -> list[Step]:
        path = self._string("the path of a program")
        self._stop()
        return [Use(path, span)]

    def module(self, span: Span) -> list[Step]:
        how = str(self.cursor.previous.value)
        name = str(self.cursor.advance().value) if self.cursor.token.kind in ("name", "string") else "program"
        text = self._braced_text()
        return [Module(how, name, text, span, self._fails() if how != "program" else "")]

    def _fails(self) -> str:
        """`fails "code".`, if it stands here."""
        if not self.cursor.is_name("fails"):
            return ""
        self.cursor.advance()
        code = self._string("the code of the error")
        self._stop()
        return code

    def _braced_text(self) -> str:
        """What stands between the braces, its lines counted from the first one behind the brace."""
        start = self.cursor.expect("{", "before the program")
        depth = 1
        while depth:
            if self.cursor.at_end:
                raise self.cursor.fault("the program is not closed", "close it with }", start.span)
            token = self.cursor.advance()
            depth += {"{": 1, "}": -1}.get(str(token.value), 0) if token.kind == "mark" else 0
        end = self.cursor.previous
        self.program_lines.update(range(start.span.line, end.span.line + 1))
        return textwrap.dedent(self.text[start.end : end.start].lstrip(" \t").removeprefix("\n"))

    def remove(self, span: Span) -> list[Step]:
        name = str(self.cursor.advance().value)
        self._stop()
        return [Remove(name, span)]

    def at(self, _: Span) -> list[Step]:
        return [self._clock()]

    def _clock(self) -> Clock:
        cursor = self.cursor
        if cursor.is_name("never"):
            cursor.advance()
            self._stop()
            return Clock(None)
        relative = cursor.is_mark("+", "-")
        sign = -1 if cursor.accept("-") else 1
        cursor.accept("+")
        value = cursor.token.value
        if cursor.token.kind != "number" or isinstance(value, str):
            raise cursor.fault("expected an instant", "at 100. or at +30. or at never.")
        cursor.advance()
        self._stop()
        return Clock(sign * value, relative)

    def given(self, span: Span) -> list[Step]:
        self.cursor.expect("{", "behind given")
        operations = []
        while self._block():
            operations.append(Operation("+", self._atom_stop()))
        return [Change(tuple(operations), span)]

    def _atom_stop(self) -> Atom:
        atom = parse_atom(self.cursor, "an atom")
        self._stop()
        return atom

    def change(self, span: Span) -> list[Step]:
        rehearsed = self.cursor.previous.value == "what_if"
        self.cursor.expect("{", "before the operations")
        operations = []
        while self._block():
            operations.append(self._operation())
        return [Change(tuple(operations), span, self._fails(), rehearsed)]

    def _operation(self) -> Operation:
        cursor = self.cursor
        if cursor.is_name("at") and not cursor.calls():
            cursor.advance()
            return Operation("at", None, self._clock())
        if cursor.is_name("replace") and not cursor.calls():
            cursor.advance()
            return Operation("replace", self._atom_stop())
        if not cursor.is_mark("+", "-"):
            raise cursor.fault(f"expected + or - or replace or at, found {describe(cursor.token)}")
        sign = str(cursor.advance().value)
        return Operation(sign, self._atom_stop())

    def changes(self, span: Span) -> list[Step]:
        self.cursor.expect("{", "behind changes")
        signed: list[tuple[str, Atom]] = []
        silent: list[str] = []
        while self._block():
            if self._takes_no():
                silent.append(self._signature())
            elif self.cursor.is_mark("+", "-"):
                sign = str(self.cursor.advance().value)
                signed.append((sign, self._atom_stop()))
            else:
                raise self.cursor.fault("expected + atom, - atom or no p/1 in changes")
        return [NetChanges(tuple(signed), tuple(silent), span)]

    def _takes_no(self) -> bool:
        if not self.cursor.is_name("no") or self.cursor.calls():
            return False
        self.cursor.advance()
        return True

    def _signature(self) -> str:
        name = self.cursor.expect_name("the name of a predicate")
        self.cursor.expect("/", f"and the number of arguments behind {name}")
        self.cursor.expect_int("the number of arguments")
        self._stop()
        return name

    def expect(self, _: Span) -> list[Step]:
        self.cursor.expect("{", "behind expect")
        found: list[Step] = []
        while self._block():
            found.append(self._expectation())
        return found

    def _expectation(self) -> Expectation:
        cursor, start = self.cursor, self.cursor.token
        counted = cursor.is_name("count") and not cursor.calls()
        if counted:
            cursor.advance()
            atom = parse_atom(cursor, "the atom whose rows are counted")
            cursor.expect("=", "between the atom and its number of rows")
            number = cursor.expect_int("a number of rows")
            goals = (Literal(atom, False, atom.span),)
            text = str(atom)
        else:
            goals = parse_body(cursor)  # type: ignore[assignment]
            number = 0
            text = self.text[start.start : cursor.previous.end]
        span = cursor.span_from(start.span)
        self._stop()
        if counted:
            return Expectation("count", goals, text, span, number)
        only = goals[0]
        if len(goals) == 1 and isinstance(only, Literal) and only.negated:
            return Expectation("lacks", (Literal(only.atom, False, only.atom.span),), str(only.atom), span)
        return Expectation("holds", goals, text, span)

    def exactly(self, span: Span) -> list[Step]:
        self.cursor.expect("{", "behind exactly")
        atoms: list[Atom] = []
        empty: list[str] = []
        while self._block():
            if self._takes_no():
                empty.append(self._signature())
            else:
                atoms.append(self._atom_stop())
        return [Exactly(tuple(atoms), tuple(empty), span)]

    def best(self, span: Span) -> list[Step]:
        order = self.cursor.expect_name("the name of an order")
        pattern = parse_atom(self.cursor, "the atom whose rows are ranked")
        self.cursor.expect("{", "before the rows")
        atoms: list[Atom] = []
        while self._block():
            atoms.append(self._atom_stop())
        return [Best(order, pattern, tuple(atoms), span)]

    def explained(self, span: Span) -> list[Step]:
        kind = str(self.cursor.previous.value)
        goal = parse_atom(self.cursor, "the atom to explain")
        self.cursor.expect("{", "before what the explanation says")
        words: list[str] = []
        while self._block():
            words.append(self._string("part of the explanation"))
            self._stop()
        if not words:
            raise self.cursor.fault(f"{kind} {goal} {{ }} says nothing", "name part of its text", span)
        return [Explained(kind, goal, tuple(words), span)]

    def limit(self, span: Span) -> list[Step]:
        what = self.cursor.expect_name("derived or steps")
        number = self.cursor.expect_int("a number")
        if what not in ("derived", "steps"):
            raise self.cursor.fault(f"there is no limit of {what}", "limit derived 500. or limit steps 1000.")
        self._stop()
        return [Limit(number if what == "derived" else None, number if what == "steps" else None, span)]

    def refused(self, span: Span) -> list[Step]:
        severity = "error" if self.cursor.previous.value == "refused" else "warning"
        self.cursor.expect("{", "before the diagnostics")
        complaints = []
        while self._block():
            complaints.append(self._complaint())
        if severity == "error" and not complaints:
            raise self.cursor.fault("refused { } says nothing", "name the diagnostics", span)
        return [Refused(tuple(complaints), severity, span)]

    def _complaint(self) -> Complaint:
        code = self._string("the code of a diagnostic")
        line = column = 0
        if self.cursor.token.kind == "number":
            line = self.cursor.expect_int("a line")
            self.cursor.expect(":", "between line and column")
            column = self.cursor.expect_int("a column")
        words = self._string("part of the message") if self.cursor.token.kind == "string" else ""
        self._stop()
        return Complaint(code, line, column, words)

    def ask(self, span: Span) -> list[Step]:
        query = self._string("the query")
        self.cursor.expect_name("'fails'")
        fails = self._string("the code of the error")
        self._stop()
        return [Asked(query, fails, span)]


_STATEMENTS: Final[dict[str, Callable[[_Reader, Span], list[Step]]]] = {
    "use": _Reader.use,
    "program": _Reader.module,
    "load": _Reader.module,
    "replace": _Reader.module,
    "remove": _Reader.remove,
    "given": _Reader.given,
    "at": _Reader.at,
    "change": _Reader.change,
    "what_if": _Reader.change,
    "changes": _Reader.changes,
    "expect": _Reader.expect,
    "exactly": _Reader.exactly,
    "best": _Reader.best,
    "why": _Reader.explained,
    "why_not": _Reader.explained,
    "limit": _Reader.limit,
    "refused": _Reader.refused,
    "warned": _Reader.refused,
    "ask": _Reader.ask,
}
