"""What a set of tests has tried: which rules fired, and which of their conditions were ever what stopped one.

After every step each rule is walked over the facts as they are. A rule that got to its end fired; a condition
at which a walk stopped was false once. A condition that never was could be deleted without any test noticing.
Rules of demand predicates are walked for what the tests ask, and what follows from that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

from datalox.check.analysis import CheckedRule
from datalox.compile.semantics import Fault
from datalox.diagnostics import DatalogError
from datalox.explain.instances import Instances, known_values, rows_of, source_of
from datalox.explain.progress import Progress, Stop, Turn, Walks
from datalox.plan.aggregates import REST
from datalox.plan.core import CLOCK, CoreRule, Fold, assigned, substitute, variables_of
from datalox.session.engine import ANY, Engine, pattern_of, values_in
from datalox.session.session import Session
from datalox.terms import Aggregate, Atom, BodyItem, Comparison, Const, Literal, Row, Var

Call = tuple[str, Row]


@dataclass(slots=True)
class RuleCoverage:
    """One rule. `conditions`: body item as written -> whether it was ever false."""

    place: str
    text: str
    fired: bool = False
    conditions: dict[str, bool] = field(default_factory=dict)

    @property
    def never_false(self) -> list[str]:
        """Conditions that no test needs; of a rule that never fired nothing is said."""
        return [item for item, seen in self.conditions.items() if not seen] if self.fired else []

    def json(self) -> dict[str, Any]:
        return {
            "rule": self.place, "text": self.text, "fired": self.fired,
            "conditions": [{"item": item, "false": seen} for item, seen in self.conditions.items()],
        }  # fmt: skip


class Coverage:
    """Grows with every session that is observed; rules are told apart by module and place."""

    def __init__(self) -> None:
        self._rules: dict[tuple[str, int], RuleCoverage] = {}

    @property
    def rules(self) -> list[RuleCoverage]:
        """By module, in the order they are written."""
        return [self._rules[key] for key in sorted(self._rules)]

    @property
    def never_fired(self) -> list[RuleCoverage]:
        return [rule for rule in self.rules if not rule.fired]

    @property
    def percent(self) -> float:
        """How many of all rules fired, and of all conditions were false, taken together; 100 of none."""
        tried = [rule.fired for rule in self.rules]
        tried += [seen for rule in self.rules for seen in rule.conditions.values()]
        return 100 * sum(tried) / len(tried) if tried else 100.0

    def observe(self, session: Session) -> None:
        """Note what the rules make of the facts as they are."""
        engine = session._settled()
        look = _Look(self, engine)
        for predicate in engine.predicates.values():
            for checked in predicate.rules:
                self._known(checked.module, checked.number, checked.rule.span, checked.rule.text)
            if predicate.rules and predicate.demand is None:
                look.visit((predicate.name, (ANY,) * predicate.arity))

    def ask(self, session: Session, goals: Iterable[BodyItem]) -> None:
        """Note what the rules of demand predicates make of these goals."""
        engine = session._settled()
        look = _Look(self, engine)
        wanted = [item for item in goals if isinstance(item, Literal)]
        demanded = [item for item in wanted if engine.solver.is_demand(item.atom.predicate)]
        rest = [item for item in goals if item not in demanded]
        for item in demanded:
            predicate = engine.predicates[item.atom.predicate]
            if predicate.arity != item.atom.arity:
                continue  # whoever asks is told
            for bindings in _answers(session, rest):
                values = engine.convert_pattern(predicate, _pattern(item.atom, bindings))
                if engine.solver.can_call(predicate.name, tuple(values)):
                    look.visit((predicate.name, pattern_of(values, predicate.arity)))

    def text(self) -> str:
        """What was never tried, rule by rule, and the shares."""
        fired = len(self.rules) - len(self.never_fired)
        conditions = [seen for rule in self.rules for seen in rule.conditions.values()]
        lines = [f"never fired  {rule.place}  {_one_line(rule.text)}" for rule in self.never_fired]
        lines += [f"never false  {rule.place}  {item}" for rule in self.rules for item in rule.never_false]
        lines.append(
            f"coverage {self.percent:.1f} %: {fired} of {len(self.rules)} rules fired, "
            f"{sum(conditions)} of {len(conditions)} conditions were false at least once"
        )
        return "\n".join(lines)

    def json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {"percent": round(self.percent, 1), "rules": [rule.json() for rule in self.rules]}

    def _known(self, module: str, number: int, span: Any, text: str) -> RuleCoverage:
        place = f"{span.file}:{span.line}" if span is not None else f"{module}#{number}"
        return self._rules.setdefault((module, number), RuleCoverage(place, text))

    def _note(self, rule: CheckedRule, progress: Progress, turns: set[int], is_whole: bool) -> None:
        """`turns` are those at which a walk stopped; a walk of the rest of a body says nothing of its end."""
        known = self._known(rule.module, rule.number, rule.rule.span, rule.rule.text)
        known.fired = known.fired or (is_whole and len(progress.turns) in turns)
        computed = {t.origin.left.name: t.origin.right for t in progress.turns if _is_computed(t.origin)}
        for number, turn in enumerate(progress.turns):
            if _is_condition(turn):
                item = _written(turn.origin, computed)
                known.conditions[item] = known.conditions.get(item, False) or number in turns


class _Look:
    """One look at one state: every call of a demand predicate is walked once."""

    def __init__(self, coverage: Coverage, engine: Engine) -> None:
        self._coverage = coverage
        self._engine = engine
        self._instances = Instances(engine)
        self._walks = Walks(engine)
        self._seen: set[Call] = set()

    def visit(self, call: Call) -> None:
        pending = [call]
        while pending:
            name, pattern = pending.pop()
            if (name, pattern) in self._seen:
                continue
            self._seen.add((name, pattern))
            values = values_in(pattern)
            for rule in self._instances.rules(name):
                pending += self._walk(rule, values, source_of(rule))

    def _walk(self, rule: CoreRule, values: Mapping[int, Any], written: CheckedRule) -> list[Call]:
        found = self._walks.stops(rule, values)
        if found is None:
            return []
        progress, notes = found
        stopped = {turn for turn, _ in notes} | set(self._passed_over(progress))
        self._coverage._note(written, progress, stopped, rule.source is not None)
        stops = [Stop(progress, turn, row) for turn, row in notes]
        calls = [c for number, turn in enumerate(progress.turns) for c in self._calls(number, turn, stops)]
        for name in {goal for turn in progress.turns if (goal := _goal(turn.origin)).startswith(REST)}:
            for rest in self._engine.network.design.whole[name]:
                calls += self._walk(rest, {}, written)
        return calls

    def _passed_over(self, progress: Progress) -> Iterator[int]:
        """Turns of atoms that nothing before them narrows, but whose constants leave rows out."""
        for number, turn in enumerate(progress.turns):
            if isinstance(turn.item, Literal) and not variables_of(turn.item.atom.terms) & set(turn.known):
                name, terms = turn.item.atom.predicate, turn.item.atom.terms
                fixed = {place: term.value for place, term in enumerate(terms) if isinstance(term, Const)}
                if fixed and not turn.item.negated and not self._engine.solver.is_demand(name):
                    kept, every = (len(list(rows_of(self._engine, name, v))) for v in (fixed, {}))
                    if kept < every:
                        yield number

    def _calls(self, number: int, turn: Turn, stops: list[Stop]) -> Iterator[Call]:
        """What is asked of a demand predicate in this turn, by every walk that got there."""
        item = turn.item
        atom = item.goal if isinstance(item, Fold) else item.atom if isinstance(item, Literal) else None
        if atom is None or not self._engine.solver.is_demand(atom.predicate) or "#" in atom.predicate:
            return
        for stop in stops:
            if stop.turn >= number:
                known = {name: value for name, value in stop.bindings.items() if name in turn.known}
                yield atom.predicate, _pattern(atom, known)


def _pattern(atom: Atom, bindings: Mapping[str, Any]) -> Row:
    try:
        known = known_values(atom, bindings)
    except Fault:
        known = {}
    return pattern_of(known, atom.arity)


def _is_condition(turn: Turn) -> bool:
    """Whether the item can be false: what only gives values cannot, be it an assignment, a total, the clock,
    or an atom that stands for any row."""
    item, known = turn.item, set(turn.known)
    if turn.is_generated or _goal(turn.origin).startswith(REST):
        return False
    if isinstance(item, Comparison):
        return assigned(item, known) is None
    if isinstance(item, Literal):
        bare = all(isinstance(term, Var) and term.name not in known for term in item.atom.terms)
        return item.negated or not (bare or item.atom.predicate == CLOCK)
    result_known = not isinstance(item.result, Var) or item.result.name in known
    return result_known or (isinstance(item, Fold) and not item.total and variables_of(item.groups) <= known)


def _goal(origin: BodyItem) -> str:
    return origin.goal.predicate if isinstance(origin, Aggregate) and origin.goal is not None else ""


def _is_computed(origin: BodyItem) -> TypeGuard[Any]:
    """Whether the item stands for a computed argument: `E#1 = X + 1`."""
    return isinstance(origin, Comparison) and isinstance(origin.left, Var) and "E#" in origin.left.name


def _written(origin: BodyItem, computed: Mapping[str, Any]) -> str:
    """The item as it stands in the rule."""
    if _goal(origin).startswith(REST):
        return str(replace(origin, goal=None))  # type: ignore[arg-type]
    atom = origin.goal if isinstance(origin, Aggregate) else getattr(origin, "atom", None)
    if atom is None:
        return str(origin)
    whole = Atom(atom.predicate, tuple(substitute(term, dict(computed)) for term in atom.terms))
    if isinstance(origin, Aggregate):
        return str(replace(origin, goal=whole))
    return str(replace(origin, atom=whole)) if isinstance(origin, Literal) else str(origin)


def _answers(session: Session, goals: list[BodyItem]) -> Iterator[Mapping[str, Any]]:
    """Bindings of the goals that are not on demand; none where they cannot be asked alone."""
    if not goals:
        yield {}
        return
    try:
        yield from session.ask(", ".join(map(str, goals)))
    except DatalogError:
        return


def _one_line(text: str) -> str:
    return " ".join(text.split())
