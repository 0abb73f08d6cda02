"""The functions of a best-first walk: what is asked once per question, and what follows from one row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile

from datalox.compile.body import BodyWriter
from datalox.compile.ordered import DriverWriter
from datalox.compile.rules import Compiled, compile_answers
from datalox.compile.source import Source
from datalox.plan.core import CoreItem, CoreRule
from datalox.plan.objections import Need, Objection
from datalox.plan.order import Call, FoldCall, Scan, Step
from datalox.plan.text import walk_text
from datalox.terms import Atom, Term, Var


class WalkWriter(DriverWriter):
    """Compiles one walk; every text is headed by the rule."""

    def before(self) -> Compiled:
        """`before(*pattern)`: the values of what is known before the walk."""
        head = Atom("#before", tuple(Var(name) for name in self.walk.parameters))
        rule = CoreRule(head, self.walk.before, f"{self.walk.rule.label} before the walk")
        return self._answers(rule, tuple(Var(name) for name in self.walk.known))

    def keys(self, need: Need) -> Compiled:
        """`keys(*known)`: what a row must be listed beside."""
        return self._answers(self._asked(need.setup, f"beside what in {need.relation}"), need.key)

    def guard(self, objection: Objection) -> Compiled:
        """`guard(*known)`: whether the rule can object to anything."""
        rule = self._asked(objection.guard, f"whether it applies: {objection.rule.label}")
        return self._answers(rule, (), exists=True)

    def objected(self, objection: Objection) -> Compiled:
        """`objected(*known)`: the values the rule objects to."""
        assert objection.variable is not None
        rule = self._asked(objection.body, f"all that is objected to: {objection.rule.label}")
        return self._answers(rule, (Var(objection.variable),))

    def objects(self, objection: Objection) -> Compiled:
        """`objects(*arguments)`: whether the rule objects to one row."""
        rule = objection.rule
        return compile_answers(
            rule, objection.columns, rule.head.terms, self.library, self.statistics, exists=True
        )

    def _asked(self, body: Sequence[CoreItem], title: str) -> CoreRule:
        head = Atom("#known", tuple(Var(name) for name in self.walk.known))
        return CoreRule(head, tuple(body), title)

    def _answers(self, rule: CoreRule, output: Sequence[Term], exists: bool = False) -> Compiled:
        columns = tuple(range(rule.head.arity))
        return compile_answers(rule, columns, output, self.library, self.statistics, exists)

    def visit(self, objects: Sequence[Callable[..., bool]]) -> Compiled:
        """`visit(rows, wanted, out, *known, *active)`: append to `out` what follows from rows until it has
        `wanted` entries; whether a row passed the bounds. `active`: which objections apply."""
        source, walk = self.source(), self.walk
        for line in walk_text(walk, self.library):
            source.heading(f"- {line}")
        active = [f"active_{number}" for number in range(len(objects))]
        source.names["meter"] = self.library.meter
        source.open(f"def visit({', '.join([*self.known('rows', 'wanted', 'out'), *active])}):")
        source.line("alive = False")
        source.line("last = out[-1] if out else None")
        source.line("read = 0")
        source.open("for read, row in enumerate(rows, 1):")
        writer = self.passing(source)
        source.line("alive = True")
        single = list(takewhile(_is_single, walk.rest))
        for step in single:
            writer.step(step)
        for objection, function, applies in zip(walk.objections, objects, active, strict=True):
            name = source.name(f"objects_{objection.call.predicate}", function)
            terms = [objection.call.terms[column] for column in objection.columns]
            arguments = ", ".join(writer.expressions.plain(term) for term in terms)
            writer.refuse_unless(f"{applies} and {name}({arguments})")
        for step in walk.rest[len(single) :]:
            writer.step(step)
        self._emit(writer)
        source.depth = 1
        _count(source)
        source.line("return alive")
        return self.built(source, "visit")

    def _emit(self, writer: BodyWriter) -> None:
        source = writer.source
        source.line(f"head = {writer.expressions.tuple_of(self.walk.rule.head.terms)}")
        source.open("if head != last:")
        source.line("out.append(head)")
        source.line("last = head")
        source.open("if len(out) >= wanted:")
        _count(source)
        source.line("return True")


def _is_single(step: Step) -> bool:
    """Whether the step yields at most one binding, so objections may be heard after it."""
    if isinstance(step, (Scan, FoldCall)):
        return False
    return not isinstance(step, Call) or step.item.negated or len(step.columns) == step.item.atom.arity


def _count(source: Source) -> None:
    """Rows read are counted, and spent from the budget."""
    source.line("stat.read += read")
    source.line("meter.left -= read")
    source.open("if meter.left < 0:")
    source.line("meter.stop()")
    source.close()
