"""On which stored facts an answer depends: the edge at which its demand ends."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from datalox import Program
from datalox.terms import Aggregate, Atom, Demand, Literal, Rule, Var

Frontier: TypeAlias = Mapping[str, int | None]
Goal: TypeAlias = tuple[str, int | None]


def frontier(programs: Sequence[Program], predicate: str) -> Frontier:
    """Stored predicate → the column in which only rows about the asker matter, or None when all do.

    The asker is whoever stands in the first argument of `predicate`: `placement_candidate(w1, …)` depends on
    `workload_resources` only in the rows of w1, and on `node_resources_free` in all of them. The answers can
    change only when such a row appears or vanishes.
    """
    demanded = {each.predicate for each in _declarations(programs) if isinstance(each, Demand)}
    rules: dict[str, list[Rule]] = defaultdict(list)
    for program in programs:
        for rule in program.rules:
            rules[rule.head.predicate].append(rule)
    return _gather(_walk((predicate, 0), demanded, rules))


def _declarations(programs: Sequence[Program]) -> Iterator[object]:
    for program in programs:
        yield from program.declarations


def _walk(start: Goal, demanded: set[str], rules: Mapping[str, list[Rule]]) -> Iterator[Goal]:
    """Every stored goal reached through predicates that are only evaluated on demand."""
    seen, waiting = {start}, [start]
    while waiting:
        goal = waiting.pop()
        if goal[0] not in demanded:
            yield goal
            continue
        fresh = {found for rule in rules.get(goal[0], ()) for found in _reads(rule, goal[1])} - seen
        seen |= fresh
        waiting += fresh


def _reads(rule: Rule, position: int | None) -> Iterator[Goal]:
    asker = None if position is None else rule.head.terms[position]
    for atom in _atoms(rule):
        yield atom.predicate, _column_of(asker, atom)


def _atoms(rule: Rule) -> Iterator[Atom]:
    for item in rule.body:
        if isinstance(item, Literal):
            yield item.atom
        elif isinstance(item, Aggregate) and item.goal is not None:
            yield item.goal


def _column_of(asker: object, atom: Atom) -> int | None:
    if not isinstance(asker, Var):
        return None
    return next((column for column, term in enumerate(atom.terms) if term == asker), None)


def _gather(goals: Iterable[Goal]) -> Frontier:
    columns: dict[str, set[int | None]] = defaultdict(set)
    for predicate, column in goals:
        columns[predicate].add(column)
    return {name: next(iter(found)) if len(found) == 1 else None for name, found in columns.items()}
