"""Programs without recursion as views of SQLite: a second oracle that shares no line with the first.

A value is kept as a number, or as text with its kind in front: `s:` for symbols, `t:` for strings.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from datalox.program import Program
from datalox.terms import (
    Aggregate,
    Arith,
    Atom,
    BodyItem,
    Comparison,
    Const,
    Literal,
    Neg,
    Rule,
    Symbol,
    Term,
    Var,
)

Row = tuple[Any, ...]
NUMBER = "typeof({0}) IN ('integer', 'real')"
FOLDS = {
    "count": "count(DISTINCT {0})",
    "sum": "sum({0})",
    "avg": "avg({0})",
    "min": "min({0})",
    "max": "max({0})",
}


class Views:
    """A database in memory with a table per asserted predicate and a view per derived one."""

    def __init__(self, program: Program, arities: Mapping[str, int]) -> None:
        self.arities = dict(arities)
        self.db = sqlite3.connect(":memory:")
        self._fresh = count()
        rules: dict[str, list[Rule]] = {}
        for rule in program.rules:
            rules.setdefault(rule.head.predicate, []).append(rule)
        for name, arity in {**self.arities, "now": 1}.items():
            columns = ", ".join(f"c{place}" for place in range(arity)) or "c0"
            self.db.execute(f'CREATE TABLE "base {name}" ({columns}, UNIQUE ({columns}))')
            parts = [f'SELECT {columns} FROM "base {name}"', *map(self._select, rules.get(name, ()))]
            self.db.execute(f'CREATE VIEW "{name}" ({columns}) AS {" UNION ".join(parts)}')

    def fill(self, facts: Iterable[tuple[str, Row]], now: Any) -> None:
        """Keep these facts and no others."""
        for name in {**self.arities, "now": 1}:
            self.db.execute(f'DELETE FROM "base {name}"')
        for name, row in [*facts, *([("now", (now,))] if now is not None else [])]:
            kept = [encode(value) for value in row] or [0]
            self.db.execute(f'INSERT INTO "base {name}" VALUES ({", ".join("?" * len(kept))})', kept)

    def rows(self, name: str) -> set[Row]:
        found = self.db.execute(f'SELECT DISTINCT * FROM "{name}"').fetchall()
        return {tuple(map(decode, row)) for row in found} if self.arities[name] else {()} if found else set()

    # -- rules

    def _select(self, rule: Rule) -> str:
        query = _Query(self, rule)
        items = list(rule.body)
        over_rest = [item for item in items if isinstance(item, Aggregate) and item.goal is None]
        query.solve(query.over_rest(over_rest) if over_rest else items)
        head = ", ".join(query.value(term) for term in rule.head.terms) or "0"
        computed = [query.value(term) for term in rule.head.terms if not isinstance(term, Var | Const)]
        query.where += [f"{value} IS NOT NULL" for value in computed]
        return f"SELECT {head}{query.rest()}"

    def name(self) -> str:
        return f"r{next(self._fresh)}"


class _Query:
    """One SELECT: what it joins, what it asks, and the expression of each variable so far."""

    def __init__(self, views: Views, rule: Rule, given: Mapping[str, str] | None = None) -> None:
        self.views = views
        self.rule = rule
        self.joined: list[str] = []
        self.where: list[str] = []
        self.variables: dict[str, str] = dict(given or {})

    def rest(self) -> str:
        joined = f" FROM {', '.join(self.joined)}" if self.joined else ""
        return joined + (f" WHERE {' AND '.join(self.where)}" if self.where else "")

    def solve(self, items: list[BodyItem]) -> None:
        """Joins first; then whatever has its variables; aggregates that find their own groups last."""
        while items:
            item = next(item for rank in range(4) for item in items if self._rank(item) == rank)
            items.remove(item)
            if isinstance(item, Comparison):
                self._compare(item)
            elif isinstance(item, Aggregate):
                self._aggregate(item)
            elif item.negated:
                inner = _Query(self.views, self.rule, self.variables)
                inner.join(item.atom)
                self.where.append(f"NOT EXISTS (SELECT 1{inner.rest()})")
            else:
                self.join(item.atom)

    def over_rest(self, asked: list[Aggregate]) -> list[BodyItem]:
        """Groups the distinct bindings of the rest of the body; the items that need a result are left."""
        results = variables(item.result for item in asked)
        after = [item for item in self.rule.body if item not in asked and visible(item) & results]
        inner = _Query(self.views, self.rule)
        inner.solve([item for item in self.rule.body if item not in asked and item not in after])
        outside = variables(self.rule.head.terms) | {name for item in after for name in visible(item)}
        bindings, table = self.views.name(), self.views.name()
        columns = {name: f"{bindings}.v{place}" for place, name in enumerate(sorted(inner.variables))}
        listed = ", ".join(f"{inner.variables[name]} AS {columns[name].split('.')[1]}" for name in columns)
        distinct = f"(SELECT DISTINCT {listed or '1'}{inner.rest()}) AS {bindings}"
        keys = sorted(outside & columns.keys())
        inner.variables = columns
        folded = [f"{columns[key]} AS g{place}" for place, key in enumerate(keys)]
        for place, item in enumerate(asked):
            value = inner.value(item.value)
            usable = f"CASE WHEN {NUMBER.format(value)} THEN {value} END"
            value = FOLDS[item.op].format(usable if item.op in ("sum", "avg") else value)
            folded.append(
                f"{f'coalesce({value}, 0)' if item.op == 'sum' and not keys else value} AS f{place}"
            )
        grouped = f" GROUP BY {', '.join(columns[key] for key in keys)}" if keys else ""
        self.joined.append(f"(SELECT {', '.join(folded)} FROM {distinct}{grouped}) AS {table}")
        self.variables = {key: f"{table}.g{place}" for place, key in enumerate(keys)}
        for place, item in enumerate(asked):
            self._result(item, f"{table}.f{place}")
        return after

    def _rank(self, item: BodyItem) -> int:
        if isinstance(item, Literal):
            bare = [
                t for t in item.atom.terms if not (isinstance(t, Var) and (t.is_wildcard or not item.negated))
            ]
            return (2 if item.negated else 0) if self._known(*bare) else 9
        if isinstance(item, Comparison):
            return 1 if self._known(item.left, item.right) or self._assigned(item) else 9
        assert item.goal is not None
        if self.groups(item) <= self.variables.keys():
            return 2
        return 3

    def _known(self, *terms: Term) -> bool:
        return variables(terms) <= self.variables.keys()

    def _assigned(self, item: Comparison) -> tuple[str, Term] | None:
        for side, other in ((item.left, item.right), (item.right, item.left)):
            if item.op == "=" and isinstance(side, Var) and not self._known(side) and self._known(other):
                return side.name, other
        return None

    def join(self, atom: Atom) -> None:
        table = self.views.name()
        self.joined.append(f'"{atom.predicate}" AS {table}')
        for place, term in enumerate(atom.terms):
            column = f"{table}.c{place}"
            if isinstance(term, Var) and term.name not in self.variables:
                self.variables[term.name] = column
            else:
                self.where.append(f"{column} = {self.value(term)}")

    def _compare(self, item: Comparison) -> None:
        assigned = self._assigned(item)
        if assigned is not None:
            self.variables[assigned[0]] = self.value(assigned[1])
            self.where.append(f"{self.variables[assigned[0]]} IS NOT NULL")
            return
        left, right = self.value(item.left), self.value(item.right)
        if item.op in ("=", "!="):
            self.where.append(f"{left} {item.op} {right}")
            return
        numbers = f"{NUMBER.format(left)} AND {NUMBER.format(right)} AND {left} {item.op} {right}"
        spelled = f"substr({left}, 3) {item.op} substr({right}, 3)"
        texts = f"typeof({left}) = 'text' AND typeof({right}) = 'text' AND {spelled}"
        self.where.append(f"(({numbers}) OR ({texts}))")

    def groups(self, item: Aggregate) -> set[str]:
        assert item.goal is not None
        seen = variables(self.rule.head.terms)
        for other in self.rule.body:
            if other is not item:
                seen |= visible(other)
        return variables(item.goal.terms) & seen

    def _aggregate(self, item: Aggregate) -> None:
        """A subquery with the groups given, or one that finds its groups."""
        assert item.goal is not None
        groups = sorted(self.groups(item))
        given = set(groups) <= self.variables.keys()
        inner = _Query(self.views, self.rule, {n: self.variables[n] for n in groups} if given else {})
        inner.join(item.goal)
        value = inner.value(item.value)
        inner.where.append(f"{value} IS NOT NULL")
        if item.op in ("sum", "avg"):
            inner.where.append(NUMBER.format(value))
        folded = FOLDS[item.op].format(value)
        if given:
            result = f"(SELECT {folded}{inner.rest()})"
            self._result(item, f"coalesce({result}, 0)" if item.op in ("count", "sum") else result)
            return
        table = self.views.name()
        keys = [inner.value(Var(name)) for name in groups]
        named = ", ".join(f"{key} AS g{place}" for place, key in enumerate(keys))
        grouped = f"SELECT {named}, {folded} AS value{inner.rest()} GROUP BY {', '.join(keys)}"
        self.joined.append(f"({grouped}) AS {table}")
        for place, name in enumerate(groups):
            known = self.variables.setdefault(name, f"{table}.g{place}")
            if known != f"{table}.g{place}":
                self.where.append(f"{known} = {table}.g{place}")
        self._result(item, f"{table}.value")

    def _result(self, item: Aggregate, value: str) -> None:
        if isinstance(item.result, Var) and item.result.name not in self.variables:
            self.variables[item.result.name] = value
            self.where.append(f"{value} IS NOT NULL")
        else:
            self.where.append(f"{value} = {self.value(item.result)}")

    def value(self, term: Term) -> str:
        """The SQL of a term, NULL where it has no value."""
        if isinstance(term, Var):
            return self.variables[term.name]
        if isinstance(term, Const):
            kept = encode(term.value)
            return f"'{kept}'" if isinstance(kept, str) else repr(kept)
        left, right = (
            ("0", self.value(term.term))
            if isinstance(term, Neg)
            else map(self.value, (term.left, term.right))
        )
        op = "-" if isinstance(term, Neg) else term.op
        computed = f"({left} * 1.0 / {right})" if op == "/" else f"({left} {op} {right})"
        both = f"{NUMBER.format(left)} AND {NUMBER.format(right)}"
        return f"CASE WHEN {both} THEN {computed} END"


def variables(terms: Iterable[Term]) -> set[str]:
    found: set[str] = set()
    for term in terms:
        if isinstance(term, Var):
            found.add(term.name)
        elif isinstance(term, Arith):
            found |= variables((term.left, term.right))
        elif isinstance(term, Neg):
            found |= variables((term.term,))
    return found


def visible(item: BodyItem) -> set[str]:
    if isinstance(item, Literal):
        return variables(item.atom.terms)
    return variables((item.result,) if isinstance(item, Aggregate) else (item.left, item.right))


def encode(value: Any) -> Any:
    if isinstance(value, Symbol):
        return f"s:{value.name}"
    return f"t:{value}" if isinstance(value, str) else value


def decode(value: Any) -> Any:
    if isinstance(value, str):
        return Symbol(value[2:]) if value.startswith("s:") else value[2:]
    return int(value) if isinstance(value, float) and value.is_integer() else value
