"""Two literals that can only mean one row become one literal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

from datalox.plan.core import CoreItem, CoreRule, Fold, substitute
from datalox.plan.inline import replaced
from datalox.plan.order import World
from datalox.terms import Comparison, Const, Literal, Term, Var

Columns = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """`rule` and the term `by` with some literals gone; right while the columns of each of `unique`
    (predicate, columns) identify a row."""

    rule: CoreRule
    by: Term
    unique: tuple[tuple[str, Columns], ...] = ()


def merge_same_rows(rule: CoreRule, by: Term, world: World) -> Merged:
    """Merge positive literals of one kept predicate that agree in columns which identify a row now."""
    unique: list[tuple[str, Columns]] = []
    growing = not any(isinstance(item, Fold) for item in rule.body)
    while growing:
        growing = False
        for one, other in combinations(rule.body, 2):
            columns = _shared(one, other, world)
            if columns is None:
                continue
            assert isinstance(one, Literal)
            assert isinstance(other, Literal)
            rule, by = _merge(rule, by, one, other)
            unique.append((one.atom.predicate, columns))
            growing = True
            break
    return Merged(rule, by, tuple(dict.fromkeys(unique)))


def _shared(one: CoreItem, other: CoreItem, world: World) -> Columns | None:
    """The columns in which both agree, if a row is known by them."""
    if not (isinstance(one, Literal) and isinstance(other, Literal)) or one.negated or other.negated:
        return None
    name = one.atom.predicate
    if name != other.atom.predicate or world.is_demand(name):
        return None
    pairs = list(zip(one.atom.terms, other.atom.terms, strict=True))
    columns = tuple(i for i, (left, right) in enumerate(pairs) if left == right)
    clash = any(
        isinstance(left, Const) and isinstance(right, Const) and left != right for left, right in pairs
    )
    return columns if columns and not clash and is_unique(name, columns, world) else None


def is_unique(name: str, columns: Columns, world: World) -> bool:
    """Whether no two rows there are agree in `columns`."""
    relation = world.relation(name)
    if len(columns) == relation.arity or (relation.key and set(relation.key) <= set(columns)):
        return True
    return len(relation.index(columns)) == len(relation)


def _merge(rule: CoreRule, by: Term, one: Literal, other: Literal) -> tuple[CoreRule, Term]:
    """`other` goes; its variables become the terms of `one`."""
    terms = list(one.atom.terms)
    replacements: dict[str, Term] = {}
    tests: list[CoreItem] = []
    for i, (left, right) in enumerate(zip(one.atom.terms, other.atom.terms, strict=True)):
        if left == right or (isinstance(right, Var) and right.is_wildcard):
            continue
        if isinstance(left, Var) and left.is_wildcard:
            terms[i] = right
        elif isinstance(right, Var) and right.name not in replacements:
            replacements[right.name] = left
        else:
            tests.append(Comparison("=", left, right))
    kept = replace(one, atom=replace(one.atom, terms=tuple(terms)))
    body = [kept if item is one else item for item in rule.body if item is not other]
    head = replace(rule.head, terms=tuple(substitute(term, replacements) for term in rule.head.terms))
    whole = tuple(replaced(item, replacements) for item in (*body, *tests))
    return replace(rule, head=head, body=whole), substitute(by, replacements)
