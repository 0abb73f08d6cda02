"""What `N = count(X)` ranges over: the rest of its body, apart from what needs the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datalox.check.scope import group_names, names
from datalox.terms import Aggregate, BodyItem, Comparison, Literal, Rule, Var


@dataclass(frozen=True, slots=True)
class Split:
    """asked: aggregates over the rest; after: items that need a result of theirs; rest: all others."""

    rule: Rule
    asked: tuple[Aggregate, ...]
    after: tuple[BodyItem, ...]
    rest: tuple[BodyItem, ...]

    def gives(self) -> set[str]:
        """The variables the rest has values for."""
        found: set[str] = set()
        for item in self.rest:
            if not is_negated(item):
                found |= visible_names(item)
            if isinstance(item, Aggregate):
                found |= group_names(self.rule, item)
        return found


def split_body(rule: Rule) -> Split:
    """The parts of a rule's body that has aggregates without a goal."""
    body = rule.body
    asked = tuple(item for item in body if isinstance(item, Aggregate) and item.goal is None)
    after = _after_results(body, asked)
    rest = tuple(item for item in body if item not in asked and item not in after)
    return Split(rule, asked, tuple(after), rest)


def is_negated(item: BodyItem) -> bool:
    return isinstance(item, Literal) and item.negated


def visible_names(item: BodyItem) -> set[str]:
    """The variables of an item, those local to an aggregate's goal aside."""
    if isinstance(item, Literal):
        return names(item.atom.terms)
    if isinstance(item, Comparison):
        return names((item.left, item.right))
    return names((item.result,))


def _after_results(body: Sequence[BodyItem], asked: Sequence[Aggregate]) -> list[BodyItem]:
    """Items that need a result of `asked`, directly or through an assignment."""
    positive = {
        name
        for item in body
        if isinstance(item, Literal) and not item.negated
        for name in visible_names(item)
    }
    tainted = names(item.result for item in asked)
    after: list[BodyItem] = []
    growing = True
    while growing:
        growing = False
        for item in body:
            if any(item == each for each in asked) or item in after or not tainted & visible_names(item):
                continue
            after.append(item)
            growing = True
            if isinstance(item, Comparison) and item.op == "=":
                sides = {side.name for side in (item.left, item.right) if isinstance(side, Var)}
                tainted |= sides - positive
    return after
