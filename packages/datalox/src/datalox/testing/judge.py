"""Takes the steps of one test over a session of its own, and notes what is not as expected."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datalox.check.conversion import convert_atom
from datalox.diagnostics import DatalogError, Diagnostic
from datalox.maintain.budget import Budget
from datalox.program import Program
from datalox.session.changes import Change as NetChange
from datalox.session.session import Session
from datalox.session.transaction import Transaction
from datalox.terms import Atom, BodyItem, Const, Literal, Row, Span
from datalox.testing.complaints import diagnostics_of, matched
from datalox.testing.coverage import Coverage
from datalox.testing.script import (
    Asked,
    Best,
    Change,
    Clock,
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
    Use,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong at which line of the test file."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.line}: {self.message}"


class Judge:
    """`failures` grows with the steps taken; `stopped` once nothing after a step can be trusted."""

    def __init__(
        self, programs: Sequence[Program], folder: Path | None, coverage: Coverage | None = None
    ) -> None:
        self.failures: list[Failure] = []
        self.stopped = False
        self._folder = folder or Path()
        self._programs = list(programs)
        self._unread: list[DatalogError] = []
        self._session: Session | None = None
        self._budget = Budget()
        self._coverage = coverage
        self._observed = False
        self._changes: Mapping[str, NetChange] = {}

    def fail(self, span: Span | None, message: str) -> None:
        self.failures.append(Failure(span.line if span else 0, message))

    @property
    def session(self) -> Session:
        """Made of the programs named so far when it is first needed. Raises DatalogError."""
        if self._session is None:
            self.stopped = True
            if self._unread:
                raise self._unread[0]
            self._session = Session(*self._programs, budget=self._budget)
            self.stopped = False
        return self._session

    def take(self, step: Step) -> None:
        match step:
            case Use():
                path = self._folder / step.path
                self._read(path.read_text(encoding="utf-8"), path.name)
            case Module():
                self._module(step)
            case Remove():
                self._changes = self.session.remove(step.name)
                self._observe()
            case Limit():
                self._budget = Budget(step.derived or self._budget.derived, step.steps or self._budget.steps)
            case Clock():
                self._transact(Change((Operation("at", None, step),), Span("", 0, 0, 0, 0)))
            case Change():
                self._change(step)
            case NetChanges():
                self._judge_changes(step)
            case Expectation():
                self._judge_expectation(step)
            case Exactly():
                self._judge_exactly(step)
            case Best():
                self._judge_best(step)
            case Explained():
                self._judge_explanation(step)
            case Refused():
                self._judge_refusal(step)
            case Asked():
                self._judge_question(step)

    # -- coverage

    def _observe(self) -> None:
        if self._coverage is not None:
            self._coverage.observe(self.session)
            self._observed = True

    def close(self) -> None:
        """After the last step: facts that only the programs state were never a step."""
        if self._session is not None and not self._observed:
            self._observe()

    def _ask(self, goals: Sequence[BodyItem]) -> None:
        if self._coverage is not None:
            self._coverage.ask(self.session, goals)

    # -- doing

    def _read(self, text: str, name: str) -> None:
        try:
            self._programs.append(Program.parse(text, name))
        except DatalogError as refused:
            self._unread.append(refused)

    def _module(self, step: Module) -> None:
        if step.how == "program":
            self._read(step.text, step.name)
        else:
            self._attempt(step.span, step.fails, lambda: self._exchange(step))

    def _exchange(self, step: Module) -> None:
        program = Program.parse(step.text, step.name)
        session = self.session
        self._changes = session.load(program) if step.how == "load" else session.replace(step.name, program)
        self._observe()

    def _change(self, step: Change) -> None:
        self._attempt(step.span, step.fails, lambda: self._transact(step))

    def _attempt(self, span: Span, fails: str, act: Callable[[], None]) -> None:
        """Does it; notes a failure if it was to be refused with the code `fails`, and was not."""
        if not fails:
            act()
            return
        session = self.session
        try:
            act()
        except DatalogError as refused:
            if fails not in [found.code for found in refused.diagnostics]:
                self.fail(span, f"expected to fail with {fails}, found:\n{refused}")
            return
        self.fail(span, f"expected to fail with {fails}, but it was accepted by {session!r}")

    def _transact(self, step: Change) -> None:
        session = self.session
        with session.what_if() if step.rehearsed else session.transaction() as transaction:
            for operation in step.operations:
                self._operate(transaction, operation)
            self._changes = transaction.changes
            self._observe()

    def _operate(self, transaction: Transaction, operation: Operation) -> None:
        if operation.clock is not None:
            transaction.set_now(self._instant(operation.clock))
        elif operation.atom is not None:
            name, values = operation.atom.predicate, ground(operation.atom)
            if operation.kind == "+":
                transaction.assert_(name, *values)
            elif operation.kind == "-":
                transaction.retract(name, *values)
            else:
                transaction.replace(name, self._key(name, values), values)

    def _instant(self, clock: Clock) -> float | None:
        if not clock.relative or clock.value is None:
            return clock.value
        return (self.session.now or 0) + clock.value

    def _key(self, name: str, values: Row) -> Row:
        known = {predicate.name: predicate for predicate in self.session.predicates()}
        return tuple(values[place] for place in known[name].key) if name in known else ()

    # -- judging

    def _kept(self, atom: Atom) -> Row:
        """The row an atom of the test means, as the engine keeps it."""
        types = {
            predicate.name: [column.type for column in predicate.columns]
            for predicate in self.session.predicates()
        }
        return ground(convert_atom(atom, types))

    def _judge_changes(self, step: NetChanges) -> None:
        named = dict.fromkeys([*(atom.predicate for _, atom in step.signed), *step.silent])
        if not named:
            named = dict.fromkeys(self._changes)
        wanted = {(sign, atom.predicate, self._kept(atom)) for sign, atom in step.signed}
        found = {
            (sign, name, row)
            for name in named
            if name in self._changes
            for sign, rows in (("+", self._changes[name].appeared), ("-", self._changes[name].vanished))
            for row in rows
        }
        missing = [f"{sign} {_fact(name, row)}" for sign, name, row in wanted - found]
        surplus = [f"{sign} {_fact(name, row)}" for sign, name, row in found - wanted]
        self._report_difference(step.span, "net changes", missing, surplus)

    def _judge_exactly(self, step: Exactly) -> None:
        named = dict.fromkeys([*(atom.predicate for atom in step.atoms), *step.empty])
        wanted = {(atom.predicate, self._kept(atom)) for atom in step.atoms}
        found = {(name, row) for name in named for row in self._rows(name)}
        missing = [_fact(name, row) for name, row in wanted - found]
        surplus = [_fact(name, row) for name, row in found - wanted]
        self._report_difference(step.span, "facts", missing, surplus)

    def _judge_best(self, step: Best) -> None:
        name, count = step.pattern.predicate, len(step.atoms)
        self._ask([Literal(step.pattern)])
        rows = self.session.best(name, *_pattern(step.pattern), order=step.order, limit=count)
        found, wanted = list(rows), [self._kept(atom) for atom in step.atoms]
        if found != wanted:
            shown = ", ".join(_fact(name, row) for row in found) or "none"
            self.fail(step.span, f"the best {count} by {step.order} are {shown}")

    def _rows(self, name: str) -> list[Row]:
        arity = next((known.arity for known in self.session.predicates() if known.name == name), 0)
        return list(self.session.query(name, *[...] * arity))

    def _report_difference(self, span: Span, what: str, missing: list[str], surplus: list[str]) -> None:
        if missing or surplus:
            lines = [f"{what} differ"]
            lines += [f"  expected, not found: {fact}" for fact in sorted(missing)]
            lines += [f"  found, not expected: {fact}" for fact in sorted(surplus)]
            self.fail(span, "\n".join(lines))

    def _judge_expectation(self, step: Expectation) -> None:
        self._ask(step.goals)
        solutions = self._solutions(step)
        if step.kind == "count":
            if len(solutions) != step.count:
                self.fail(step.span, f"count {step.text} is {len(solutions)}, expected {step.count}")
        elif step.kind == "holds" and not solutions:
            self.fail(step.span, f"expected {step.text}, but it does not hold{self._why_not(step)}")
        elif step.kind == "lacks" and solutions:
            self.fail(step.span, f"expected not {step.text}, but it holds{self._why(step)}")
        elif step.kind == "holds":
            self._check_proof(step)

    def _solutions(self, step: Expectation) -> list[Any]:
        atom = _only_atom(step)
        if atom is not None and all(isinstance(term, Const) or _is_wildcard(term) for term in atom.terms):
            return list(self.session.query(atom.predicate, *_pattern(atom)))
        return list(self.session.ask(step.text))

    def _check_proof(self, step: Expectation) -> None:
        """What holds can be proved, and the proof can be checked."""
        atom = _only_atom(step)
        if atom is None or not _is_ground(atom):
            return
        proof = self.session.explain(atom.predicate, *ground(atom))
        if proof is None:
            self.fail(step.span, f"{step.text} holds, but nothing explains it")
        elif not proof.verify(self.session):
            self.fail(step.span, f"the proof of {step.text} does not hold:\n{_indented(proof.text())}")

    def _why_not(self, step: Expectation) -> str:
        atom = _only_atom(step)
        if atom is None:
            return ""
        return ":\n" + _indented(self.session.why_not(atom.predicate, *_pattern(atom)).text())

    def _why(self, step: Expectation) -> str:
        atom = _only_atom(step)
        row = next(iter(self.session.query(atom.predicate, *_pattern(atom))), None) if atom else None
        proof = self.session.explain(atom.predicate, *row) if atom and row is not None else None
        return ":\n" + _indented(proof.text()) if proof is not None else ""

    def _judge_refusal(self, step: Refused) -> None:
        found = diagnostics_of(self._programs, self._unread, step.severity)
        missing, surplus = matched(step.complaints, found)
        shown = [seen.render() for seen in surplus]
        self._report_difference(step.span, f"{step.severity}s", [str(each) for each in missing], shown)
        self.stopped = step.severity == "error"

    def _judge_explanation(self, step: Explained) -> None:
        session, name, pattern = self.session, step.goal.predicate, _pattern(step.goal)
        self._ask([Literal(step.goal)])
        rows = list(session.query(name, *pattern))
        if (step.kind == "why") != bool(rows):
            holds = "holds" if rows else "does not hold"
            self.fail(step.span, f"{step.kind} {step.goal}: it {holds}")
            return
        told = str(session.explain(name, *rows[0]) if rows else session.why_not(name, *pattern))
        missing = [words for words in step.words if words not in told]
        if missing:
            lines = [f"{step.kind} {step.goal} does not say:", *(f"  {words}" for words in missing)]
            self.fail(step.span, "\n".join([*lines, "  it says:", _indented(told)]))

    def _judge_question(self, step: Asked) -> None:
        try:
            found = list(self.session.ask(step.query))
        except DatalogError as refused:
            if step.fails not in [seen.code for seen in refused.diagnostics]:
                self.fail(step.span, f"expected the query to fail with {step.fails}, found:\n{refused}")
            return
        self.fail(step.span, f"expected the query to fail with {step.fails}, it has {len(found)} answers")


def ground(atom: Atom) -> Row:
    """The values of an atom of constants. Raises DatalogError if it has a variable."""
    for term in atom.terms:
        if not isinstance(term, Const):
            message = f"{atom} has to be ground here: {term} is no constant"
            raise DatalogError([Diagnostic("syntax", message, "", term.span)])
    return tuple(term.value for term in atom.terms if isinstance(term, Const))


def _only_atom(step: Expectation) -> Atom | None:
    only = step.goals[0]
    return only.atom if len(step.goals) == 1 and isinstance(only, Literal) and not only.negated else None


def _is_wildcard(term: object) -> bool:
    return bool(getattr(term, "is_wildcard", False))


def _is_ground(atom: Atom) -> bool:
    return all(isinstance(term, Const) for term in atom.terms)


def _pattern(atom: Atom) -> list[Any]:
    return [term.value if isinstance(term, Const) else ... for term in atom.terms]


def _fact(name: str, row: Row) -> str:
    return str(Atom(name, tuple(Const(value) for value in row)))


def _indented(text: str) -> str:
    return textwrap.indent(text, "    ")
