"""The small language that rules are reduced to before planning. Frozen data.

A core rule's body holds only: literals whose terms are variables or constants, comparisons, and lookups of
aggregates that have a value for every group (`Total`). Names with '#' are auxiliary and invisible outside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeAlias

from datalox.check.analysis import CheckedRule
from datalox.terms import Arith, Atom, BodyItem, Comparison, Literal, Neg, Term, Var

CLOCK = "now"


@dataclass(frozen=True, slots=True)
class Total:
    """The value of aggregate `name` for the group `groups` (all bound); `empty` where the group has no
    rows."""

    name: str
    groups: tuple[Term, ...]
    result: Term
    empty: int = 0


@dataclass(frozen=True, slots=True)
class Fold:
    """An aggregate over a demand goal, computed when asked. `total`: 0 over nothing, its groups must be
    bound."""

    op: str
    value: Term
    goal: Atom
    groups: tuple[Var, ...]
    result: Term
    total: bool


CoreItem: TypeAlias = "Literal | Comparison | Total | Fold"


@dataclass(frozen=True, slots=True)
class CoreRule:
    """`head :- body`. `source` is the rule as written, None for auxiliary rules; `label` names it in
    statistics.

    `origins` are the items as written, one per item of the body (where the body was not rearranged since).
    """

    head: Atom
    body: tuple[CoreItem, ...]
    label: str
    source: CheckedRule | None = None
    origins: tuple[BodyItem, ...] = ()

    @property
    def text(self) -> str:
        return self.source.rule.text if self.source is not None else self.label


@dataclass(frozen=True, slots=True)
class AggregateSpec:
    """`name(groups…, result)`: `op` of `value` over the distinct rows that match `goal`, per group.

    total: the value is looked up with the group bound and exists for every group (count and sum over
    nothing are 0).
    """

    name: str
    op: str
    value: Term
    goal: Atom
    groups: tuple[Var, ...]
    total: bool
    label: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Instants at which a conjunction of comparisons with the clock can change: it holds after the latest of
    `after`, before the earliest of `before`, and may change at each of `at`."""

    after: tuple[Term, ...]
    before: tuple[Term, ...]
    at: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class TemporalSpec:
    """Rows of `entries` (head values, then `parameters`) hold in `head` while every comparison with the
    clock does.

    `clock` is the variable of the clock; `bounds` are the terms at which a comparison can change its truth,
    empty where one comparison cannot be solved (its rows are then looked at on every tick).
    """

    entries: str
    head: str
    head_arity: int
    parameters: tuple[Var, ...]
    clock: str
    comparisons: tuple[Comparison, ...]
    bounds: Bounds | None
    label: str


@dataclass(frozen=True, slots=True)
class ClosureSpec:
    """A predicate whose pairs are exits, or an exit and then steps: behind it if `forward`, else before it.

    exits, steps: names of relations of pairs.
    """

    exits: tuple[str, ...]
    steps: tuple[str, ...]
    forward: bool


@dataclass(slots=True)
class Design:
    """Everything the network is built from: what desugaring produced for one set of modules."""

    arities: dict[str, int] = field(default_factory=dict)
    demand: set[str] = field(default_factory=set)
    rules: list[CoreRule] = field(default_factory=list)
    aggregates: dict[str, AggregateSpec] = field(default_factory=dict)
    temporals: list[TemporalSpec] = field(default_factory=list)
    closures: dict[str, ClosureSpec] = field(default_factory=dict)
    whole: dict[str, list[CoreRule]] = field(default_factory=dict)
    """predicate -> its rules with time and aggregates in place: what demand evaluation and proofs solve."""

    def labels(self) -> set[str]:
        """What its rules are called in statistics and generated text."""
        found = {rule.label for rules in (self.rules, *self.whole.values()) for rule in rules}
        found.update(spec.label for spec in self.aggregates.values())
        found.update(spec.label for spec in self.temporals)
        return found.union(map(closure_label, self.closures))


def closure_label(name: str) -> str:
    return f"{name} closure"


def computes(rule: CoreRule) -> bool:
    """Whether its heads may have values that no row of the body has."""
    given = [item for item in rule.body if isinstance(item, Comparison) and item.op == "="]
    sides = [side for item in given for side in (item.left, item.right)]
    return any(isinstance(term, (Arith, Neg)) for term in (*rule.head.terms, *sides))


def auxiliary(kind: str, content: str, taken: Collection[str] = ()) -> str:
    """The name of an auxiliary predicate: the same for the same content in every design, so that what a set
    of modules left unchanged is found again in the next. Where it is taken, a variation."""
    name = f"{kind}:{blake2b(content.encode(), digest_size=6).hexdigest()}"
    while name in taken:
        name += "'"
    return name


def variables(term: Term) -> Iterator[str]:
    """Names of the variables of a term, in order, with repetitions."""
    if isinstance(term, Var):
        yield term.name
    elif isinstance(term, Arith):
        yield from variables(term.left)
        yield from variables(term.right)
    elif isinstance(term, Neg):
        yield from variables(term.term)


def variables_of(terms: Iterable[Term]) -> set[str]:
    return {name for term in terms for name in variables(term)}


def item_variables(item: CoreItem) -> set[str]:
    """All variables that occur in a body item."""
    if isinstance(item, Literal):
        return variables_of(item.atom.terms)
    if isinstance(item, Comparison):
        return variables_of((item.left, item.right))
    if isinstance(item, Total):
        return variables_of((*item.groups, item.result))
    return variables_of((*item.groups, item.result))


def substitute(term: Term, replacements: dict[str, Term]) -> Term:
    """The term with variables replaced."""
    if isinstance(term, Var):
        return replacements.get(term.name, term)
    if isinstance(term, Arith):
        return Arith(
            term.op, substitute(term.left, replacements), substitute(term.right, replacements), term.span
        )
    if isinstance(term, Neg):
        return Neg(substitute(term.term, replacements), term.span)
    return term


def assigned(item: Comparison, bound: set[str]) -> tuple[Var, Term] | None:
    """(variable, term) if `item` assigns a free variable from bound ones, in either written order."""
    if item.op != "=":
        return None
    for side, other in ((item.left, item.right), (item.right, item.left)):
        if isinstance(side, Var) and side.name not in bound and variables_of((other,)) <= bound:
            return side, other
    return None
