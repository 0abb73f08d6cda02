"""Predicates kept by counting derivations: a row is there while its count is positive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from datalox.compile.rules import Compiled, RuleStatistics
from datalox.maintain.unit import Move, Propagation, Rows, Unit
from datalox.store.relation import Relation
from datalox.terms import Row


class Driven(Protocol):
    """Whatever runs when rows of a relation appear and vanish."""

    @property
    def run(self) -> Callable[[Rows, Rows], None]: ...


class DeltaRule:
    """One rule driven by one item of its body: changed rows in, changes of derivations of the head out.

    `run(plus, minus)` and `swap(old, new, clock, moves)` are generated when first needed. `swap` does the
    same for one row in the place of another; what it changes in a timer at once it notes in `moves`.
    """

    __slots__ = ("_compile", "_compile_swap", "run", "statistics", "swap")

    def __init__(
        self,
        statistics: RuleStatistics,
        compile_: Callable[[DeltaRule], Compiled],
        compile_swap: Callable[[DeltaRule], Compiled] | None,
    ) -> None:
        self.statistics = statistics
        self._compile = compile_
        self._compile_swap = compile_swap
        self.run: Callable[[Rows, Rows], None] = self._first_run
        self.swap: Callable[[Row, Row, Any, list[Move]], None] = self._first_swap

    def _first_run(self, plus: Rows, minus: Rows) -> None:
        self.prepare()
        self.run(plus, minus)

    def prepare(self) -> None:
        """Compile now what is compiled when it first runs."""
        if self.run == self._first_run:
            self.run = self._compile(self).function

    def forget_plan(self) -> None:
        """The statistics moved: plan again when next used."""
        self.run = self._first_run
        self.swap = self._first_swap

    def _first_swap(self, old: Row, new: Row, clock: Any, moves: list[Move]) -> None:
        self.swap = self._compile_swap(self).function if self._compile_swap is not None else self._run_swap
        self.swap(old, new, clock, moves)

    def _run_swap(self, old: Row, new: Row, clock: Any, moves: list[Move]) -> None:
        self.run((new,), (old,))


class Node(Unit):
    """A predicate: its relation, the pending change of derivations, and who reads it.

    `before` rules see the relation old, `after` rules see it new; a rule that reads it twice is in both.
    """

    counts_rows = True
    __slots__ = ("after", "before", "name", "readers", "relation", "targets", "visible")

    def __init__(self, relation: Relation, visible: bool) -> None:
        super().__init__()
        self.name = relation.name
        self.relation = relation
        self.visible = visible
        self.before: list[Driven] = []
        self.after: list[DeltaRule] = []
        self.readers: list[Unit] = []
        self.targets: list[Unit] = []

    def process(self, network: Propagation) -> None:
        delta = self.delta
        self.delta = {}
        if self.before:
            plus, minus = self.relation.flips(delta)
            if plus or minus:
                for rule in self.before:
                    rule.run(plus, minus)
            self.relation.merge(delta)
        else:
            plus, minus = self.relation.merge(delta)
        network.journal.append((self, (delta, plus, minus)))
        if plus or minus:
            for rule in self.after:
                rule.run(plus, minus)
            if self.readers or self.targets:
                self.hand_on(network, plus, minus)

    def announce(self, network: Propagation, plus: Rows, minus: Rows) -> None:
        """Run what reads the relation new, and schedule everyone who got something."""
        for rule in self.after:
            rule.run(plus, minus)
        self.hand_on(network, plus, minus)

    def hand_on(self, network: Propagation, plus: Rows, minus: Rows) -> None:
        """Tell those who gather rows, and schedule everyone who got something."""
        for reader in self.readers:
            reader.receive(self.name, plus, minus)
            if not reader.scheduled:
                network.schedule(reader)
        for target in self.targets:
            if target.delta and not target.scheduled:
                network.schedule(target)

    def forget(self) -> None:
        self.delta = {}

    def undo(self, record: Any) -> None:
        delta, _, _ = record
        self.relation.merge({row: -change for row, change in delta.items()})
