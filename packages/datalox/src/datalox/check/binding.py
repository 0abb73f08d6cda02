"""Which variables the items of a body give a value, in whatever order they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from datalox.check.scope import computed_names, group_names, names, plain_names, variables
from datalox.terms import Aggregate, Atom, BodyItem, Comparison, Literal, Rule, Term, Var

# What has a value where there are no rows.
ZERO_OVER_NOTHING: Final = frozenset({"count", "sum"})
# Whether a demand predicate can be asked with these variables bound; True for every other predicate.
Askable: TypeAlias = Callable[[Atom, set[str]], bool]


@dataclass(frozen=True, slots=True)
class Closure:
    """`bound`: variables with a value. `stuck`: items that still wait for one."""

    bound: set[str]
    stuck: tuple[BodyItem, ...]


def close(rule: Rule, given: set[str], askable: Askable, callers: frozenset[str] = frozenset()) -> Closure:
    """Runs every item that can run, until none is left that can.

    callers: variables that a caller may bind; a total over a group of theirs, which is 0 over nothing, waits
    for them.
    """
    bound = set(given)
    waiting: Sequence[BodyItem] = rule.body
    while True:
        before = len(bound)
        stuck = [item for item in waiting if not _run(rule, item, bound, askable, callers)]
        if len(stuck) == len(waiting) and len(bound) == before:
            return Closure(bound, tuple(stuck))
        waiting = stuck


def _run(rule: Rule, item: BodyItem, bound: set[str], askable: Askable, callers: frozenset[str]) -> bool:
    """Binds what the item binds; True when nothing is left to wait for."""
    if isinstance(item, Literal):
        return _run_literal(item, bound, askable)
    if isinstance(item, Comparison):
        return _run_comparison(item, bound)
    return _run_aggregate(rule, item, bound, askable, callers)


def _run_literal(item: Literal, bound: set[str], askable: Askable) -> bool:
    if not askable(item.atom, bound):
        return False
    if item.negated:
        return not missing_in(item, bound)
    bound |= plain_names(item.atom)
    return computed_names(item.atom) <= bound


def _run_comparison(item: Comparison, bound: set[str]) -> bool:
    if item.op == "=":
        for target, source in ((item.left, item.right), (item.right, item.left)):
            if isinstance(target, Var) and names((source,)) <= bound:
                bound.add(target.name)
    return names((item.left, item.right)) <= bound


def _run_aggregate(
    rule: Rule, item: Aggregate, bound: set[str], askable: Askable, callers: frozenset[str]
) -> bool:
    if item.goal is not None:
        if not askable(item.goal, bound):
            return False
        groups = group_names(rule, item) & plain_names(item.goal)
        if item.op in ZERO_OVER_NOTHING and groups & callers - bound:
            return False
        bound |= groups
    if missing_in(item, bound) - (_result_names(item) - names((item.value,))):
        return False
    bound |= _result_names(item)
    return names((item.result,)) <= bound


def _result_names(item: Aggregate) -> set[str]:
    return {item.result.name} if isinstance(item.result, Var) else set()


def needed_terms(item: BodyItem) -> Iterator[Term]:
    """The terms whose variables must have a value before the item can be decided."""
    if isinstance(item, Comparison):
        yield from (item.left, item.right)
    elif isinstance(item, Literal):
        for term in item.atom.terms:
            if not isinstance(term, Var) or (item.negated and not term.is_wildcard):
                yield term
    else:
        yield from (item.value, item.result)
        if item.goal is not None:
            yield from (term for term in item.goal.terms if not isinstance(term, Var))


def missing_in(item: BodyItem, bound: set[str]) -> set[str]:
    """The variables the item still waits for; the value of an aggregate stands in its goal."""
    missing = names(needed_terms(item)) - bound
    if isinstance(item, Aggregate) and item.goal is not None:
        missing -= plain_names(item.goal) - names((item.result,))
        missing |= names((item.value,)) - plain_names(item.goal)
    return missing


def occurrences(item: BodyItem) -> Iterator[Var]:
    """Every variable of an item, as written."""
    terms: tuple[Term, ...]
    if isinstance(item, Literal):
        terms = item.atom.terms
    elif isinstance(item, Comparison):
        terms = (item.left, item.right)
    else:
        terms = (item.value, *(item.goal.terms if item.goal else ()), item.result)
    for term in terms:
        yield from variables(term)
