"""What one row in the place of another of its key means to a rule: usually nothing, or an entry whose instant
moves.

The values of the key are the same in both rows, so what the body asks of them is asked once. Where both rows
derive the same, or two entries of a timer that hold alike, nothing follows and nothing is scheduled.
"""

from __future__ import annotations

from typing import TypeAlias

from datalox.compile.body import BodyWriter, Library
from datalox.compile.move import compile_move, write_move
from datalox.compile.rules import Compiled, RuleStatistics, begin, relations_of
from datalox.maintain.unit import Unit
from datalox.plan.core import CoreItem, CoreRule, TemporalSpec, item_variables, substitute, variables_of
from datalox.plan.order import Look, Probe, Scan, Unplannable, order_body
from datalox.store.keyed import KeyedRelation
from datalox.store.timer import Timer
from datalox.terms import Comparison, Const, Literal, Var

SHORT = 4
"""Rows that may be looked at before it is known whether the driving rows match at all."""
OLD = "#old"
Timed: TypeAlias = "tuple[TemporalSpec, Timer]"


def compile_swap(
    rule: CoreRule,
    driver: Literal,
    library: Library,
    statistics: RuleStatistics,
    target: Unit,
    timed: Timed | None,
) -> Compiled:
    """`swap(old, new, clock, moves)`: `new` has taken the place of `old` in the driving relation. Changes of
    derivations go to the target's delta, unless they can be `timed` at once, which is noted in `moves`."""
    return _Swap(rule, driver, library, statistics, target, timed).compile()


class _Swap:
    """One such function under construction."""

    def __init__(
        self,
        rule: CoreRule,
        driver: Literal,
        library: Library,
        statistics: RuleStatistics,
        target: Unit,
        timed: Timed | None,
    ) -> None:
        self.rule = rule
        self.terms = driver.atom.terms
        self.key = library.relation(driver.atom.predicate).key
        self.changed = [self.terms[i] for i in range(len(self.terms)) if i not in self.key]
        self.rest = [item for item in rule.body if item is not driver]
        self.library = library
        self.timed = timed
        self.source = begin(rule, statistics)
        self.source.names["target"] = target
        self.writer = BodyWriter(self.source, library)
        if any(name.startswith("_#") for name in variables_of(rule.head.terms)):
            self.writer.keep_wildcards()
        self._note_numeric(driver.atom.predicate)

    def _note_numeric(self, name: str) -> None:
        for position, term in enumerate(self.terms):
            if isinstance(term, Var) and self.library.numeric(name, position):
                self.writer.expressions.numeric.add(term.name)

    def compile(self) -> Compiled:
        source = self.source
        source.open("def swap(old, new, clock, moves):")
        source.line("stat.calls += 1")
        source.line("stat.touched += 2")
        source.line("read = 0")
        source.open("for _ in ONCE:")
        self.writer.match("old", self.terms, [i for i in range(len(self.terms)) if i not in self.key])
        steps = self._shared()
        self.writer.steps(steps)
        rest = [item for item in self.rest if not any(item is step.item for step in steps)]
        if rest or not self._is_plain():
            self._row_by_row(rest)
        elif variables_of(self.rule.head.terms) & variables_of(self.changed):
            self._side_by_side()
        else:
            source.line("pass")
        source.depth = 1
        source.open("if read:")
        source.line("stat.read += read")
        return Compiled(source.build("swap", self.rule.label), source.text(), relations_of(self.rest))

    def _shared(self) -> list[Scan | Probe | Look]:
        """Steps for the literals that ask nothing of what changed, where they are few."""
        same = self.writer.bound
        near = variables_of(self.changed) - same
        while more := [item for item in self.rest if (item_variables(item) - same) & near]:
            wider = near.union(*(item_variables(item) - same for item in more))
            if wider == near:
                break
            near = wider
        far = [item for item in self.rest if not (item_variables(item) - same) & near]
        try:
            steps = order_body([i for i in far if not isinstance(i, Comparison)], same, self.library)
        except Unplannable:
            return []
        found = [step for step in steps if isinstance(step, (Scan, Probe, Look)) and self._is_short(step)]
        return found if len(found) == len(steps) else []

    def _is_short(self, step: Scan | Probe | Look) -> bool:
        """Whether the step is sure to look at few rows."""
        if not isinstance(step, Scan):
            return True
        return self.library.relation(step.item.atom.predicate).fanout(step.columns) <= SHORT

    def _is_plain(self) -> bool:
        """Whether each row derives exactly one head, which its values and the shared steps tell at once."""
        names = [term.name for term in self.changed if isinstance(term, Var)]
        plain = len(set(names)) == len(self.changed) and self.writer.bound.isdisjoint(names)
        return plain and all(isinstance(term, (Var, Const)) for term in self.rule.head.terms)

    def _side_by_side(self) -> None:
        source, expressions = self.source, self.writer.expressions
        old = {term.name: Var(term.name + OLD) for term in self.changed if isinstance(term, Var)}
        self.writer.match("old", [substitute(term, dict(old)) for term in self.terms], self.key)
        self.writer.match("new", self.terms, self.key)
        head = self.rule.head.terms
        source.line(f"before = {expressions.tuple_of(tuple(substitute(t, dict(old)) for t in head))}")
        source.line(f"after = {expressions.tuple_of(head)}")
        if self.timed is not None:
            write_move(source, *self.timed, old)
            source.open("else:")
            source.line("continue")
            source.close()
        source.line("out = target.delta")
        source.line("out[before] = out.get(before, 0) - 1")
        source.line("out[after] = out.get(after, 0) + 1")

    def _row_by_row(self, rest: list[CoreItem]) -> None:
        source = self.source
        depth = source.depth
        source.line("after = None")
        source.open("for row in (old, new):")
        source.line("before, after = after, None")
        self.writer.match("row", self.terms, self.key)
        steps = order_body(rest, self.writer.bound, self.library)
        self.writer.steps(steps)
        source.line(f"head = {self.writer.expressions.tuple_of(self.rule.head.terms)}")
        if any(isinstance(step, Scan) and self._multiplies(step) for step in steps):
            source.open("if after is not None:")
            source.line("out = target.delta")
            source.line("out[head] = out.get(head, 0) + (1 if row is new else -1)")
            source.line("continue")
            source.close()
        source.line("after = head")
        source.depth = depth
        self._hand_over()

    def _multiplies(self, step: Scan) -> bool:
        """Whether the step may find several rows."""
        relation = self.library.relation(step.item.atom.predicate)
        return not (isinstance(relation, KeyedRelation) and set(relation.key) <= set(step.columns))

    def _hand_over(self) -> None:
        """`before` and `after`, heads or None, become changes of derivations, unless nothing follows."""
        source = self.source
        if self.timed is None:
            source.open("if before == after:")
        else:
            source.names["move"] = compile_move(*self.timed, source.names["target"])
            source.open("if before is not None and after is not None and move(before, after, clock, moves):")
        source.line("continue")
        source.close()
        source.line("out = target.delta")
        for name, change in (("before", "- 1"), ("after", "+ 1")):
            source.open(f"if {name} is not None:")
            source.line(f"out[{name}] = out.get({name}, 0) {change}")
            source.close()
