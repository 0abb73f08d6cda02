"""Calls of demand predicates replaced by the bodies of their rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from datalox.plan.core import (
    CoreItem,
    CoreRule,
    Design,
    Fold,
    Total,
    item_variables,
    substitute,
    variables_of,
)
from datalox.plan.desugar import FACTS
from datalox.terms import Arith, Atom, Comparison, Literal, Neg, Term, Var

LONGEST = 48
"""Items a body may grow to."""


@dataclass(frozen=True, slots=True)
class Inlined:
    """A rule without calls of demand predicates that have one rule. It says the same as the original while
    nothing is asserted of the predicates `assumed`."""

    rule: CoreRule
    assumed: tuple[str, ...] = ()


def rules_of(name: str, design: Design) -> list[CoreRule]:
    """The rules of a demand predicate, without the one for asserted facts."""
    rules = design.whole[name]
    return rules[1:] if name + FACTS in design.arities else rules


def inline(rule: CoreRule, design: Design, recursive: Iterable[str]) -> Inlined:
    """Replace positive calls as long as there are some and the body stays short."""
    names = Names(rule)
    closed = set(recursive)
    assumed: dict[str, None] = {}
    waiting = list(rule.body)
    body: list[CoreItem] = []
    while waiting:
        item = waiting.pop(0)
        callee = _only_rule(item, design, closed)
        if callee is None or len(body) + len(waiting) + len(callee.body) > LONGEST:
            body.append(item)
            continue
        assert isinstance(item, Literal)
        waiting[:0] = expand(item.atom, callee, names)
        assumed[item.atom.predicate] = None
    if not assumed:
        return Inlined(rule)
    return Inlined(replace(rule, body=tuple(body), origins=()), tuple(assumed))


def _only_rule(item: CoreItem, design: Design, closed: set[str]) -> CoreRule | None:
    if not isinstance(item, Literal) or item.negated:
        return None
    name = item.atom.predicate
    if name not in design.demand or name in closed:
        return None
    rules = rules_of(name, design)
    if len(rules) != 1 or any(isinstance(part, Fold) for part in rules[0].body):
        return None
    return rules[0]


class Names:
    """Names that are not in use in a rule."""

    def __init__(self, rule: CoreRule) -> None:
        self._used = variables_of(rule.head.terms)
        for item in rule.body:
            self._used |= item_variables(item)

    def new(self, like: str) -> str:
        """A name that resembles `like`; a wildcard stays one."""
        name, number = like, 1
        while name in self._used:
            number += 1
            name = f"{like}_{number}"
        self._used.add(name)
        return name


def expand(call: Atom, callee: CoreRule, names: Names) -> list[CoreItem]:
    """The body of `callee` for the arguments of `call`, its own variables renamed."""
    replacements: dict[str, Term] = {}
    equal: list[tuple[Term, Term]] = []
    for given, own in zip(call.terms, callee.head.terms, strict=True):
        wild = isinstance(given, Var) and given.is_wildcard
        if isinstance(own, Var) and own.name not in replacements:
            replacements[own.name] = Var(names.new("Any")) if wild else given
        elif isinstance(own, (Arith, Neg)) or not wild:
            equal.append((Var(names.new("Any")) if wild else given, own))
    for item in callee.body:
        for name in sorted(item_variables(item)):
            if name not in replacements:
                replacements[name] = Var(names.new(name))
    tests: Iterator[CoreItem] = (
        Comparison("=", given, substitute(own, replacements)) for given, own in equal
    )
    return [*tests, *(replaced(item, replacements) for item in callee.body)]


def replaced(item: CoreItem, replacements: dict[str, Term]) -> CoreItem:
    """The item with variables replaced; not for aggregates over demand goals."""
    if isinstance(item, Literal):
        terms = _all(item.atom.terms, replacements)
        return replace(item, atom=replace(item.atom, terms=terms))
    if isinstance(item, Comparison):
        return replace(
            item, left=substitute(item.left, replacements), right=substitute(item.right, replacements)
        )
    assert isinstance(item, Total)
    return replace(item, groups=_all(item.groups, replacements), result=substitute(item.result, replacements))


def _all(terms: Sequence[Term], replacements: dict[str, Term]) -> tuple[Term, ...]:
    return tuple(substitute(term, replacements) for term in terms)
