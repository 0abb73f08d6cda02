"""The definition of the language, evaluated as slowly as it reads: from scratch, without plans, indexes or
deltas. It shares the parsed rules with the engine and nothing else: strata, groups, arithmetic, order and
demand are worked out here anew, from the pages that define them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from oracle.values import compare, computed, fold, names

from datalox.program import Program
from datalox.terms import Aggregate, Atom, BodyItem, Comparison, Const, Decl, Demand, Literal, Rule, Var

Row = tuple[Any, ...]
Env = dict[str, Any]
Calls = dict[tuple[str, Row], set[Row]]
GIVES_NOTHING_OVER_NOTHING = ("min", "max", "avg", "collect")


class Naive:
    """Everything that holds given asserted facts and a clock. `state`: predicate -> rows, demand predicates
    aside: `ask` answers for those."""

    def __init__(self, program: Program, facts: Iterable[tuple[str, Row]], now: Any) -> None:
        self.demand = {d.predicate: d for d in program.declarations if isinstance(d, Demand)}
        self.rules: dict[str, list[Rule]] = {}
        for rule in program.rules:
            self.rules.setdefault(rule.head.predicate, []).append(rule)
        self.state: defaultdict[str, set[Row]] = defaultdict(set)
        self.state["now"] = set() if now is None else {(now,)}
        for name in (*(d.predicate for d in program.declarations if isinstance(d, Decl)), *self.rules):
            if name not in self.demand:
                self.state[name] = set()
        for fact in program.facts:
            row = tuple(term.value for term in fact.atom.terms if isinstance(term, Const))
            self.state[fact.atom.predicate].add(row)
        for name, row in facts:
            self.state[name].add(row)
        for stratum in strata(program.rules):
            self._saturate([name for name in stratum if name not in self.demand])

    def rows(self, name: str) -> set[Row]:
        return self.state[name]

    def _saturate(self, stratum: list[str]) -> None:
        growing = True
        while growing:
            growing = False
            for name in stratum:
                new = {row for rule in self.rules[name] for row in self.derive(rule, {}, {})}
                growing = growing or not new <= self.rows(name)
                self.state[name].update(new)

    def ask(self, name: str, pattern: Row) -> set[Row]:
        """The rows of a predicate with the given values (... where any will do), on demand ones too."""
        if name not in self.demand:
            return {row for row in self.rows(name) if fits(pattern, row)}
        calls: Calls = {(name, pattern): set()}
        size = -1
        while size != (size := sum(1 + len(found) for found in calls.values())):
            for (called, given), found in list(calls.items()):
                found |= {row for row in self.rows(called) if fits(given, row)}
                for rule in self.rules.get(called, ()):
                    env = unify(rule.head, given)
                    if env is not None:
                        found |= {row for row in self.derive(rule, env, calls) if fits(given, row)}
        return calls[name, pattern]

    def derive(self, rule: Rule, env: Env, calls: Calls) -> Iterator[Row]:
        """Heads of all instances of a rule whose body is true."""
        over_rest = [item for item in rule.body if isinstance(item, Aggregate) and item.goal is None]
        if over_rest:
            envs = self._over_rest(rule, over_rest, env, calls)
        else:
            envs = self.solve(rule, list(rule.body), env, calls)
        for found in list(envs):
            row = tuple(computed(term, found) for term in rule.head.terms)
            if None not in row:
                yield row

    def _over_rest(self, rule: Rule, asked: list[Aggregate], env: Env, calls: Calls) -> Iterator[Env]:
        """`N = count(X)`: over the distinct bindings of what does not need N, per group of what is seen
        outside of it."""
        after = needing(rule, {name for item in asked for name in names((item.result,))}, asked)
        rest = [item for item in rule.body if item not in asked and item not in after]
        inside = visible(rest) | {
            n for item in rest if isinstance(item, Aggregate) for n in groups(rule, item)
        }
        outside = names(rule.head.terms) | visible(after) | visible(asked)
        keys = sorted(inside & outside)
        distinct = {tuple(sorted(found.items())): found for found in self.solve(rule, rest, env, calls)}
        ordered = sorted(distinct.values(), key=lambda found: repr([found[key] for key in keys]))
        for _, members in groupby(ordered, key=lambda found: [found[key] for key in keys]):
            yield from self._after(rule, asked, after, list(members), keys, env, calls)
        if not distinct and not keys:
            yield from self._after(rule, asked, after, [], keys, env, calls)

    def _after(
        self, rule: Rule, asked: list[Aggregate], after: list[BodyItem], members: list[Env], keys: list[str],
        env: Env, calls: Calls,
    ) -> Iterator[Env]:  # fmt: skip
        known = {**env, **{key: members[0][key] for key in keys if members}}
        tests: list[BodyItem] = list(after)
        for item in asked:
            value = fold(item, members, total=not keys)
            if value is None:
                return
            tests.append(Comparison("=", item.result, Const(value)))
        yield from self.solve(rule, tests, known, calls)

    def solve(self, rule: Rule, items: list[BodyItem], env: Env, calls: Calls) -> Iterator[Env]:
        """All ways to make the items true, whatever order they are written in."""
        if not items:
            yield env
            return
        chosen = min(items, key=lambda item: self._turn(rule, item, env))
        rest = [item for item in items if item is not chosen]
        for found in self._one(rule, chosen, env, calls):
            yield from self.solve(rule, rest, found, calls)

    def _turn(self, rule: Rule, item: BodyItem, env: Env) -> float:
        """Tests first, what is asked on demand last, with as much bound as the rest can bind."""
        if isinstance(item, Comparison):
            free = names((item.left, item.right)) - env.keys()
            return 0 if not free or _assigns(item, env) else 9
        if isinstance(item, Aggregate):
            if item.goal is not None and item.goal.predicate in self.demand:
                return 4 if groups(rule, item) <= env.keys() else 6
            return 3 if groups(rule, item) <= env.keys() else 5
        named = names(t for t in item.atom.terms if not (isinstance(t, Var) and t.is_wildcard))
        free = len(named - env.keys())
        if item.negated:
            return 2 if not free else 8
        if item.atom.predicate in self.demand:
            return 4 if not free else 6 + free / 100
        return 1 if names(t for t in item.atom.terms if not isinstance(t, Var)) <= env.keys() else 7

    def _one(self, rule: Rule, item: BodyItem, env: Env, calls: Calls) -> Iterator[Env]:
        if isinstance(item, Comparison):
            yield from _compare(item, env)
        elif isinstance(item, Aggregate):
            yield from self._aggregate(rule, item, env)
        elif item.negated:
            if not any(True for _ in self._matches(item.atom, env, None)):
                yield env
        else:
            yield from self._matches(item.atom, env, calls)

    def _matches(self, atom: Atom, env: Env, calls: Calls | None) -> Iterator[Env]:
        """calls: answers so far of the goals that are being solved; None to have this one solved in full."""
        pattern = tuple(computed(t, env) if names((t,)) <= env.keys() else ... for t in atom.terms)
        if None in pattern:
            return
        if calls is None or atom.predicate not in self.demand:
            found = self.ask(atom.predicate, pattern)
        else:
            found = calls.setdefault((atom.predicate, pattern), set())
        for row in list(found):
            matched = unify(atom, row, env)
            if matched is not None:
                yield matched

    def _aggregate(self, rule: Rule, item: Aggregate, env: Env) -> Iterator[Env]:
        assert item.goal is not None
        keys = groups(rule, item)
        known = {name: value for name, value in env.items() if name in keys}
        total = item in totals(rule, self.demand.get(rule.head.predicate))
        members: dict[Row, list[Env]] = {tuple(known[key] for key in sorted(keys)): []} if total else {}
        for found in self._matches(item.goal, known, None):
            members.setdefault(tuple(found[key] for key in sorted(keys)), []).append(found)
        for group, found_envs in members.items():
            value = fold(item, found_envs, total)
            if value is not None:
                bound = {**env, **dict(zip(sorted(keys), group, strict=True))}
                yield from _compare(Comparison("=", item.result, Const(value)), bound)


def strata(rules: Iterable[Rule]) -> list[list[str]]:
    """Heads by level: above what they deny or count, and not below what they read."""
    level = {rule.head.predicate: 0 for rule in rules}
    growing = True
    while growing:
        growing = False
        for rule in rules:
            counts_rest = any(isinstance(item, Aggregate) and item.goal is None for item in rule.body)
            for item in rule.body:
                atom = item.atom if isinstance(item, Literal) else getattr(item, "goal", None)
                if atom is not None and atom.predicate in level:
                    above = counts_rest or isinstance(item, Aggregate) or item.negated
                    if level[rule.head.predicate] < level[atom.predicate] + above:
                        level[rule.head.predicate] = level[atom.predicate] + above
                        growing = True
        assert max(level.values(), default=0) <= len(level), "a cycle through negation"
    return [[name for name in level if level[name] == n] for n in sorted(set(level.values()))]


def visible(items: Iterable[BodyItem]) -> set[str]:
    """The variables of items, those local to an aggregate's goal aside."""
    found: set[str] = set()
    for item in items:
        if isinstance(item, Literal):
            found |= names(item.atom.terms)
        else:
            found |= names((item.result,) if isinstance(item, Aggregate) else (item.left, item.right))
    return found


def groups(rule: Rule, item: Aggregate) -> set[str]:
    """What an aggregate groups by: variables of its goal that stand elsewhere, other goals aside."""
    assert item.goal is not None
    others = [other for other in rule.body if other is not item]
    return names(item.goal.terms) & (names(rule.head.terms) | visible(others))


def needing(rule: Rule, results: set[str], asked: list[Aggregate]) -> list[BodyItem]:
    """The items that need one of the results, or what is computed from one."""
    given = {n for i in rule.body if isinstance(i, Literal) and not i.negated for n in names(i.atom.terms)}
    found: list[BodyItem] = []
    tainted = set(results)
    growing = True
    while growing:
        growing = False
        for item in rule.body:
            if item not in asked and item not in found and visible((item,)) & tainted:
                found.append(item)
                growing = True
                if isinstance(item, Comparison) and item.op == "=":
                    sides = [side for side in (item.left, item.right) if isinstance(side, Var)]
                    tainted |= {side.name for side in sides} - given
    return found


def totals(rule: Rule, demand: Demand | None) -> list[Aggregate]:
    """The counts and sums whose group is given by the rest of the body, or by the caller: they are 0 over
    nothing. Results of other aggregates are given, the groups of other aggregates are not."""
    modes = (demand.modes or "+" * rule.head.arity) if demand is not None else "-" * rule.head.arity
    bound = {
        t.name for t, mode in zip(rule.head.terms, modes, strict=True) if mode == "+" and isinstance(t, Var)
    }
    for item in rule.body:
        if isinstance(item, Literal) and not item.negated:
            bound |= {term.name for term in item.atom.terms if isinstance(term, Var)}
    found: list[Aggregate] = []
    waiting = [item for item in rule.body if isinstance(item, Aggregate) and item.goal is not None]
    while waiting:
        _assign_all(rule, bound)
        ready = [i for i in waiting if i.op in GIVES_NOTHING_OVER_NOTHING or groups(rule, i) <= bound]
        if not ready:
            results = names(item.result for item in waiting)
            ready = [item for item in waiting if not groups(rule, item) & results] or waiting
        found += [i for i in ready if i.op not in GIVES_NOTHING_OVER_NOTHING and groups(rule, i) <= bound]
        bound |= names(item.result for item in ready)
        waiting = [item for item in waiting if item not in ready]
    return found


def _assign_all(rule: Rule, bound: set[str]) -> None:
    for _ in rule.body:
        for item in rule.body:
            if isinstance(item, Comparison) and item.op == "=":
                for side, other in ((item.left, item.right), (item.right, item.left)):
                    if isinstance(side, Var) and names((other,)) <= bound:
                        bound.add(side.name)


def _assigns(item: Comparison, env: Env) -> bool:
    return item.op == "=" and any(
        isinstance(side, Var) and side.name not in env and names((other,)) <= env.keys()
        for side, other in ((item.left, item.right), (item.right, item.left))
    )


def _compare(item: Comparison, env: Env) -> Iterator[Env]:
    for side, other in ((item.left, item.right), (item.right, item.left)):
        if isinstance(side, Var) and side.name not in env and item.op == "=":
            value = computed(other, env)
            if value is not None:
                yield {**env, side.name: value}
            return
    left, right = computed(item.left, env), computed(item.right, env)
    if left is not None and right is not None and compare(item.op, left, right):
        yield env


def fits(pattern: Row, row: Row) -> bool:
    return all(wanted is ... or wanted == value for wanted, value in zip(pattern, row, strict=True))


def unify(atom: Atom, row: Row, env: Env | None = None) -> Env | None:
    """The bindings under which the atom is the row; computed arguments are left to be checked later where
    nothing binds them yet (heads), and have their value otherwise."""
    found = dict(env or {})
    for term, value in zip(atom.terms, row, strict=True):
        if value is ...:
            continue
        if isinstance(term, Var):
            if found.setdefault(term.name, value) != value:
                return None
        elif names((term,)) <= found.keys() and computed(term, found) != value:
            return None
    return found
