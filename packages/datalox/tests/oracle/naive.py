"""The definition of the language, evaluated as slowly as it reads: from scratch, without plans, indexes
or deltas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from datalox.check import analyse
from datalox.check.scope import group_names, names
from datalox.program import Program
from datalox.terms import Aggregate, Atom, BodyItem, Comparison, Const, Rule, Term, Var
from datalox.values import NoValueError, comparable, compare, evaluate, order_key

Env = dict[str, Any]


class Naive:
    """Everything that holds given asserted facts and a clock. `state`: predicate -> rows (materialised
    ones)."""

    def __init__(self, program: Program, facts: set[tuple[str, tuple[Any, ...]]], now: Any) -> None:
        self.analysis = analyse([program], open_world=True)
        self.state: dict[str, set[tuple[Any, ...]]] = {name: set() for name in self.analysis.predicates}
        self.state["now"] = set() if now is None else {(now,)}
        for name, row in facts:
            self.state[name].add(row)
        for component in self.analysis.components:
            while sum(self._grow(name) for name in sorted(component.predicates)):
                pass

    def _grow(self, name: str) -> bool:
        known = self.analysis.predicates[name]
        if known.demand is not None:
            return False
        before = len(self.state[name])
        for checked in known.rules:
            self.state[name] |= set(self.derive(checked.rule, {}))
        return len(self.state[name]) > before

    def holds(self, name: str, row: tuple[Any, ...]) -> bool:
        """Whether a row holds, of a demand predicate too."""
        return row in self.state[name] or any(
            row == found
            for checked in self.analysis.predicates[name].rules
            if (env := self._match(checked.rule.head, row, {})) is not None
            for found in self.derive(checked.rule, env)
        )

    def derive(self, rule: Rule, env: Env) -> Iterator[tuple[Any, ...]]:
        """Heads of all instances of a rule whose body is true."""
        rests = [item for item in rule.body if isinstance(item, Aggregate) and item.goal is None]
        envs = self._over_rest(rule, rests, env) if rests else self.solve(rule, list(rule.body), env)
        for found in envs:
            try:
                yield tuple(evaluate(term, found) for term in rule.head.terms)
            except NoValueError:
                continue

    def _over_rest(self, rule: Rule, rests: Sequence[Aggregate], env: Env) -> Iterator[Env]:
        results = {item.result.name for item in rests if isinstance(item.result, Var)}
        after = [i for i in rule.body if isinstance(i, Comparison) and names((i.left, i.right)) & results]
        inner = [item for item in rule.body if item not in rests and item not in after]
        outside = names(rule.head.terms) | {n for i in after for n in names((i.left, i.right))}
        solutions = {tuple(sorted(found.items())): found for found in self.solve(rule, inner, env)}
        groups: dict[tuple[Any, ...], list[Env]] = {}
        for found in solutions.values():
            groups.setdefault(
                tuple((n, found[n]) for n in sorted(outside - results) if n in found), []
            ).append(found)
        if not groups and outside - results <= env.keys():
            groups[tuple((name, env[name]) for name in sorted(outside - results))] = []
        for group, found_envs in groups.items():
            bound = dict(group)
            for item in rests:
                value = fold(item, found_envs)
                bound = (
                    {**bound, item.result.name: value}
                    if value is not None and isinstance(item.result, Var)
                    else {}
                )
            if bound or not rests:
                yield from self.solve(rule, list(after), bound)

    def solve(self, rule: Rule, items: list[BodyItem], env: Env) -> Iterator[Env]:
        """All ways to make the items true; positive atoms first, then whatever is decided by what is
        bound."""
        if not items:
            yield env
            return
        chosen = min(items, key=lambda item: self._turn(rule, item, env))
        rest = [item for item in items if item is not chosen]
        for found in self._one(rule, chosen, env):
            yield from self.solve(rule, rest, found)

    def _turn(self, rule: Rule, item: BodyItem, env: Env) -> int:
        if isinstance(item, Comparison):
            free = names((item.left, item.right)) - env.keys()
            sides = [s for s in (item.left, item.right) if isinstance(s, Var) and s.name in free]
            ready = not free or (
                item.op == "="
                and len(sides) == 1
                and len(free) == 1
                and names((item.left, item.right)) - free <= env.keys()
                and not _inside(item, sides[0])
            )
            return 1 if ready else 9
        if isinstance(item, Aggregate):
            return 3 if item.op in ("count", "sum") and group_names(rule, item) <= env.keys() else 5
        computed = names(t for t in item.atom.terms if not isinstance(t, Var | Const))
        if item.negated or self._is_demand(item.atom.predicate):
            named = {n for n in names(item.atom.terms) if not n.startswith("_#")}
            return 4 if named <= env.keys() else 8
        return 0 if computed <= env.keys() else 8

    def _is_demand(self, name: str) -> bool:
        known = self.analysis.predicates.get(name)
        return known is not None and known.demand is not None

    def _one(self, rule: Rule, item: BodyItem, env: Env) -> Iterator[Env]:
        if isinstance(item, Comparison):
            yield from _compare(item, env)
        elif isinstance(item, Aggregate):
            yield from self._aggregate(rule, item, env)
        elif item.negated:
            if not any(True for _ in self._rows(item.atom, env)):
                yield env
        else:
            yield from self._rows(item.atom, env)

    def _rows(self, atom: Atom, env: Env) -> Iterator[Env]:
        if self._is_demand(atom.predicate):
            row = tuple(evaluate(term, env) for term in atom.terms)
            yield from [env] if self.holds(atom.predicate, row) else []
            return
        for row in self.state[atom.predicate]:
            found = self._match(atom, row, env)
            if found is not None:
                yield found

    def _match(self, atom: Atom, row: tuple[Any, ...], env: Env) -> Env | None:
        found = dict(env)
        for term, value in zip(atom.terms, row, strict=True):
            if isinstance(term, Var):
                if found.setdefault(term.name, value) != value:
                    return None
            elif (isinstance(term, Const) and term.value != value) or (
                not isinstance(term, Const)
                and names((term,)) <= found.keys()
                and _value(term, found) != value
            ):
                return None
        return found

    def _aggregate(self, rule: Rule, item: Aggregate, env: Env) -> Iterator[Env]:
        assert item.goal is not None
        keys = group_names(rule, item)
        known = {name: value for name, value in env.items() if name in keys}
        groups: dict[tuple[Any, ...], list[Env]] = {}
        if keys <= env.keys() and item.op in ("count", "sum"):
            groups[tuple(sorted((n, known[n]) for n in keys))] = []
        for found in self._rows(item.goal, known):
            groups.setdefault(tuple(sorted((n, found[n]) for n in keys)), []).append(found)
        for group, found_envs in groups.items():
            value = fold(item, found_envs)
            if value is not None:
                yield from _compare(Comparison("=", item.result, Const(value)), {**env, **dict(group)})


def _inside(item: Comparison, side: Var) -> bool:
    other = item.right if item.left is side else item.left
    return side.name in names((other,))


def _value(term: Term, env: Env) -> Any:
    try:
        return evaluate(term, env)
    except NoValueError:
        return None


def _compare(item: Comparison, env: Env) -> Iterator[Env]:
    for side, other in ((item.left, item.right), (item.right, item.left)):
        if isinstance(side, Var) and side.name not in env and item.op == "=":
            value = _value(other, env)
            yield from [] if value is None else [{**env, side.name: value}]
            return
    left, right = _value(item.left, env), _value(item.right, env)
    if left is None or right is None or (item.op not in ("=", "!=") and not comparable(left, right)):
        return
    if compare(item.op, left, right):
        yield env


def fold(item: Aggregate, envs: list[Env]) -> Any:
    """The aggregate over one group; None where it has no value."""
    values = [value for env in envs if (value := _value(item.value, env)) is not None]
    if item.op == "count":
        return len(set(values))
    if item.op in ("sum", "avg"):
        numbers = [Fraction(value) for value in values if isinstance(value, int | float)]
        if item.op == "sum" or numbers:
            total = sum(numbers, Fraction(0)) / (1 if item.op == "sum" else len(numbers))
            return int(total) if total.denominator == 1 else _plain(float(total))
        return None
    if not values:
        return None
    ordered = sorted(values, key=order_key)
    return {"min": ordered[0], "max": ordered[-1], "collect": tuple(ordered)}[item.op]


def _plain(number: float) -> int | float:
    return int(number) if number.is_integer() else number
