"""The steps of a test file. Frozen data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from datalox.terms import Atom, BodyItem, Span


@dataclass(frozen=True, slots=True)
class Use:
    """`use "path".`: a program file, relative to the test file."""

    path: str
    span: Span


@dataclass(frozen=True, slots=True)
class Module:
    """`program name { … }`; how: program (before the session), load, replace. `fails`: see Change."""

    how: str
    name: str
    text: str
    span: Span
    fails: str = ""


@dataclass(frozen=True, slots=True)
class Remove:
    """`remove name.`"""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Clock:
    """`at 100.`, `at +30.`, `at never.` (value None)."""

    value: int | float | None
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """`+ atom.`, `- atom.`, `replace atom.` in a change; kind `at` sets the clock."""

    kind: str
    atom: Atom | None
    clock: Clock | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One transaction. `fails`: the code of the error that must refuse it, "" when it must succeed.

    rehearsed: `what_if { … }`, rolled back once its changes are known.
    """

    operations: tuple[Operation, ...]
    span: Span
    fails: str = ""
    rehearsed: bool = False


@dataclass(frozen=True, slots=True)
class NetChanges:
    """`changes { + p(a). - q(b). no r/1. }`: the net changes of the last step, complete for what is named."""

    signed: tuple[tuple[str, Atom], ...]
    silent: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Expectation:
    """One line of `expect`. kind: holds, lacks, count; `goals` is the query, `count` its number of rows."""

    kind: str
    goals: tuple[BodyItem, ...]
    text: str
    span: Span
    count: int = 0


@dataclass(frozen=True, slots=True)
class Exactly:
    """`exactly { p(a). p(b). no q/1. }`: all rows of the predicates that are named."""

    atoms: tuple[Atom, ...]
    empty: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Best:
    """`best order p(w1, _) { p(w1, n2). p(w1, n1). }`: the first rows by a declared order, in that order."""

    order: str
    pattern: Atom
    atoms: tuple[Atom, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Explained:
    """`why p(a) { "words". }`, `why_not p(b) { "words". }`: the explanation, as text, says all of these."""

    kind: str
    goal: Atom
    words: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Limit:
    """`limit derived 500.`, `limit steps 1000.`: the budget of the session."""

    derived: int | None
    steps: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class Complaint:
    """`"code" 3:5 "part of the message".`; line 0: anywhere."""

    code: str
    line: int = 0
    column: int = 0
    words: str = ""

    def __str__(self) -> str:
        place = f" {self.line}:{self.column}" if self.line else ""
        return f'"{self.code}"{place}' + (f' "{self.words}"' if self.words else "")


@dataclass(frozen=True, slots=True)
class Refused:
    """`refused { … }`: loading the programs fails with exactly these; severity warning: `warned { … }`."""

    complaints: tuple[Complaint, ...]
    severity: str
    span: Span


@dataclass(frozen=True, slots=True)
class Asked:
    """`ask "query" fails "code".`"""

    query: str
    fails: str
    span: Span


Step: TypeAlias = (
    "Use | Module | Remove | Clock | Change | NetChanges | Expectation | Exactly | Best | Explained | Limit"
    " | Refused | Asked"
)


@dataclass(frozen=True, slots=True)
class Test:
    """A named test: the steps that stand before the first `test` of the file, then its own."""

    __test__ = False

    name: str
    steps: tuple[Step, ...] = field(default=())
