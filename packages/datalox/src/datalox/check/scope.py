"""Which variables stand where in a rule, and which of them an aggregate groups by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from datalox.terms import Aggregate, Arith, Atom, BodyItem, Const, Literal, Neg, Rule, Term, Var


def variables(term: Term) -> Iterator[Var]:
    """Every occurrence, from left to right."""
    if isinstance(term, Var):
        yield term
    elif isinstance(term, Neg):
        yield from variables(term.term)
    elif isinstance(term, Arith):
        yield from variables(term.left)
        yield from variables(term.right)


def names(terms: Iterable[Term]) -> set[str]:
    return {variable.name for term in terms for variable in variables(term)}


def plain_names(atom: Atom) -> set[str]:
    """The variables that are arguments themselves: matching a row binds them."""
    return {term.name for term in atom.terms if isinstance(term, Var)}


def computed_names(atom: Atom) -> set[str]:
    """The variables inside arguments that are expressions: they must have a value beforehand."""
    return names(term for term in atom.terms if not isinstance(term, Var | Const))


def atom_of(item: BodyItem) -> Atom | None:
    """The atom a body item reads, if it reads one."""
    return item.atom if isinstance(item, Literal) else item.goal if isinstance(item, Aggregate) else None


def group_names(rule: Rule, aggregate: Aggregate) -> set[str]:
    """The variables of the goal that also stand elsewhere in the rule, other aggregates' goals aside."""
    if aggregate.goal is None:
        return set()
    return names(aggregate.goal.terms) & _outside(rule, aggregate)


def _outside(rule: Rule, aggregate: Aggregate) -> set[str]:
    seen = names(rule.head.terms)
    for item in rule.body:
        if isinstance(item, Literal):
            seen |= names(item.atom.terms)
        elif not isinstance(item, Aggregate):
            seen |= names((item.left, item.right))
        elif item is not aggregate:
            seen |= names((item.result,))
    return seen
