"""A session and, beside it, the facts and the clock it was given: what the oracle starts from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import assume, note
from oracle.naive import Naive
from properties.streams import Operation, Row, Scenario, Step
from properties.trace import picture, unchanged

from datalox import Change, DatalogError, Program, Session

State = dict[str, set[Row]]
Net = dict[str, tuple[set[Row], set[Row]]]


class Broken(Exception):  # noqa: N818 - what a test raises to have a transaction fail
    """Ends a transaction that is to leave nothing behind."""


def difference(before: State, after: State) -> Net:
    none: set[Row] = set()
    rows = {name: (before.get(name, none), after.get(name, none)) for name in sorted({*before, *after})}
    return {name: (new - old, old - new) for name, (old, new) in rows.items() if old != new}


def net(changes: Mapping[str, Change]) -> Net:
    return {name: (change.appeared, change.vanished) for name, change in sorted(changes.items())}


class Followed:
    """Takes the steps of a scenario; after each the state is what evaluation from scratch gives, and the
    changes are the difference. Programs that the checks refuse are no examples."""

    def __init__(self, scenario: Scenario) -> None:
        note(scenario.program.text)
        self.written = scenario.program
        self.program = Program.parse(scenario.program.text, name="random.dl")
        try:
            self.db = Session(self.program)
        except DatalogError:
            assume(False)
        self.facts: set[tuple[str, Row]] = set()
        self.now: Any = None
        self.known = self.expected()

    @property
    def arities(self) -> dict[str, int]:
        return {p.name: p.arity for p in self.db.predicates() if p.demand is None}

    def oracle(self) -> Naive:
        return Naive(self.program, self.facts, self.now)

    def expected(self) -> State:
        state = self.oracle().state
        return {name: state[name] for name in self.arities}

    def state(self) -> State:
        return {name: set(self.db.query(name, *[...] * arity)) for name, arity in self.arities.items()}

    def take(self, step: Step) -> None:
        """Take the step, and compare."""
        note(f"{step.how}: {', '.join(map(str, step.operations))}")
        if step.how == "commit":
            with self.db.transaction() as tx:
                self.run(tx, step.operations)
            self.known = self.compare(tx, self.known)
            return
        with self._undone():
            if step.how == "fail":
                with pytest.raises(Broken), self.db.transaction() as tx:
                    self.run(tx, step.operations)
                    self.compare(tx, self.known)
                    raise Broken
            else:
                half = len(step.operations) // 2 if step.how == "nest" else len(step.operations)
                with self.db.what_if() as tx:
                    self.run(tx, step.operations[:half])
                    between = self.compare(tx, self.known)
                    with self._undone(), self.db.what_if() as inner:
                        self.run(inner, step.operations[half:])
                        self.compare(inner, between)

    @contextmanager
    def _undone(self) -> Iterator[None]:
        """What happens inside leaves no trace."""
        facts, now, before = set(self.facts), self.now, picture(self.db)
        yield
        self.facts, self.now = facts, now
        left = unchanged(before, picture(self.db))
        assert not left, left
        wrong = difference(self.expected(), self.state())
        assert not wrong, wrong

    def compare(self, tx: Any, before: State) -> State:
        after = self.expected()
        wrong = difference(after, self.state())
        assert not wrong, wrong
        assert net(tx.changes) == difference(before, after), net(tx.changes)
        return after

    def run(self, tx: Any, operations: Sequence[Operation]) -> None:
        """The operations inside a transaction, on the session and on the facts beside it."""
        for operation in operations:
            fact = operation.name, operation.row
            if operation.kind == "now":
                tx.set_now(operation.instant)
                self.now = operation.instant
            elif operation.kind == "read":
                for name, arity in self.arities.items():
                    list(tx.query(name, *[...] * arity))
            elif operation.kind == "retract":
                tx.retract(operation.name, *operation.row)
                self.facts.discard(fact)
            else:
                if operation.kind == "replace":
                    tx.replace("k", key=operation.row[:1], row=operation.row)
                else:
                    tx.assert_(operation.name, *operation.row)
                if operation.name == "k" and self.written.declared:
                    same_key = {f for f in self.facts if f[0] == "k" and f[1][0] == operation.row[0]}
                    self.facts -= same_key
                self.facts.add(fact)
