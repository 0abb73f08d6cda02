"""No predicate depends on its own absence or its own total; and what has to be computed before what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from datalox.check.analysis import CLOCK, CheckedRule, Component
from datalox.check.graph import components, shortest_path
from datalox.check.scope import atom_of
from datalox.check.survey import Survey
from datalox.diagnostics import Diagnostic
from datalox.terms import Aggregate, BodyItem, Literal, Rule


@dataclass(frozen=True, slots=True)
class _Edge:
    """`head` reads `read`: kind '' (plainly), 'negation' or 'aggregation'."""

    head: str
    read: str
    kind: str
    item: BodyItem
    checked: CheckedRule


def check_strata(survey: Survey) -> Iterator[Diagnostic]:
    graph = survey.graph()
    home = {name: number for number, group in enumerate(components(graph)) for name in group}
    broken: set[int] = set()
    edges = [edge for checked in survey.rules for edge in _edges(checked)]
    for edge in edges:
        if edge.kind and home[edge.head] == home[edge.read] and home[edge.head] not in broken:
            broken.add(home[edge.head])
            path = shortest_path(graph, edge.read, edge.head)
            yield _cycle(edge, path, edges)


def ordered_components(survey: Survey) -> tuple[Component, ...]:
    """Dependencies first."""
    graph = survey.graph()
    levels: dict[str, int] = {}
    found: list[Component] = []
    for group in components(graph):
        reads = {read for name in group for read in graph[name]}
        level = max((levels[read] + 1 for read in reads - set(group)), default=0)
        levels.update(dict.fromkeys(group, level))
        found.append(Component(frozenset(group), len(group) > 1 or group[0] in reads, level))
    return tuple(found)


def _edges(checked: CheckedRule) -> Iterator[_Edge]:
    ranges_over_rest = any(isinstance(item, Aggregate) and item.goal is None for item in checked.rule.body)
    for item in checked.rule.body:
        atom = atom_of(item)
        if atom is not None and CLOCK not in (atom.predicate, checked.rule.head.predicate):
            kind = _kind(item) or ("aggregation" if ranges_over_rest else "")
            yield _Edge(checked.rule.head.predicate, atom.predicate, kind, item, checked)


def _kind(item: BodyItem) -> str:
    if isinstance(item, Literal):
        return "negation" if item.negated else ""
    return "aggregation"


def _cycle(broken: _Edge, path: list[str], edges: list[_Edge]) -> Diagnostic:
    steps = [broken]
    for head, read in pairwise(path):
        steps.append(next(edge for edge in edges if (edge.head, edge.read) == (head, read)))
    circle = " → ".join([step.head for step in steps] + [broken.head])
    lines = [
        f"  {step.head} needs {_need(step)}  ({_place(step.checked.rule)}: {step.checked.rule})"
        for step in steps
    ]
    message = "\n".join([f"{circle} is a cycle through {broken.kind}:", *lines])
    hint = f"a predicate cannot depend on its own {'absence' if broken.kind == 'negation' else 'total'}"
    return Diagnostic(f"cycle-through-{broken.kind}", message, hint, broken.item.span)


def _need(edge: _Edge) -> str:
    if edge.kind == "negation":
        return f"not {edge.read}"
    return f"{'a total over ' if edge.kind else ''}{edge.read}"


def _place(rule: Rule) -> str:
    return f"{rule.span.file}:{rule.span.line}" if rule.span else "?"
