"""Closures of pairs: found among the rules of a component, and made linear where they are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from datalox.plan.core import CoreRule
from datalox.terms import Atom, Literal, Var


@dataclass(frozen=True, slots=True)
class Closure:
    """`p(X, Z) :- p(X, Y), step(Y, Z)` for each of `steps`, or `p(X, Z) :- step(X, Y), p(Y, Z)` if not
    `forward`; every other rule of p reads only what is outside the component."""

    steps: tuple[str, ...]
    forward: bool


def linearise(name: str, rules: Sequence[CoreRule]) -> list[CoreRule]:
    """`p(X, Z) :- p(X, Y), p(Y, Z)` joins all pairs with all pairs. Where every other rule copies a relation
    of pairs into p, extending p by those relations gives the same rows, pair by pair."""
    squares = [rule for rule in rules if _chain(rule) == (name, name) and rule.head.predicate == name]
    copies = [rule for rule in rules if (copied := _copied(rule)) is not None and copied != name]
    if not squares or len(squares) + len(copies) != len(rules):
        return list(rules)
    extended = [_extended(squares[0], copied) for rule in copies if (copied := _copied(rule)) is not None]
    return [*copies, *extended]


def _extended(square: CoreRule, step: str) -> CoreRule:
    first, second = _ordered(square)
    body = (first, replace(second, atom=Atom(step, second.atom.terms)))
    return replace(square, body=body, label=f"{square.label} by {step}")


def recognise(name: str, rules: Sequence[CoreRule]) -> Closure | None:
    """The closure that the rules of a component of one predicate are, if they are one."""
    recursive = [rule for rule in rules if _reads(rule, name)]
    chains = [_chain(rule) for rule in recursive]
    forward = [chain[1] for chain in chains if chain is not None and chain[0] == name != chain[1]]
    backward = [chain[0] for chain in chains if chain is not None and chain[0] != name == chain[1]]
    if recursive and len(forward) == len(recursive):
        return Closure(tuple(forward), True)
    if recursive and len(backward) == len(recursive):
        return Closure(tuple(backward), False)
    return None


def _reads(rule: CoreRule, name: str) -> bool:
    return any(isinstance(item, Literal) and item.atom.predicate == name for item in rule.body)


def _pair(atom: Atom) -> tuple[str, str] | None:
    """The names of two different variables, if that is all the atom has."""
    names = [term.name for term in atom.terms if isinstance(term, Var)]
    return (names[0], names[1]) if len(atom.terms) == len(names) == len(set(names)) == 2 else None


def _copied(rule: CoreRule) -> str | None:
    """q in `p(X, Y) :- q(X, Y)`."""
    if len(rule.body) != 1 or not isinstance(item := rule.body[0], Literal) or item.negated:
        return None
    pair = _pair(rule.head)
    return item.atom.predicate if pair is not None and pair == _pair(item.atom) else None


def _ordered(rule: CoreRule) -> list[Literal]:
    """The two literals of a chain, the one with the head's first variable first."""
    literals = [item for item in rule.body if isinstance(item, Literal)]
    return sorted(literals, key=lambda item: item.atom.terms[:1] != rule.head.terms[:1])


def _chain(rule: CoreRule) -> tuple[str, str] | None:
    """(q, r) in `p(X, Z) :- q(X, Y), r(Y, Z)`, in either order."""
    head = _pair(rule.head)
    if head is None or len(rule.body) != 2:
        return None
    if not all(isinstance(item, Literal) and not item.negated for item in rule.body):
        return None
    first, second = _ordered(rule)
    left, right = _pair(first.atom), _pair(second.atom)
    if left is None or right is None or left[0] != head[0] or right[1] != head[1]:
        return None
    if left[1] != right[0] or left[1] in head:
        return None
    return first.atom.predicate, second.atom.predicate
