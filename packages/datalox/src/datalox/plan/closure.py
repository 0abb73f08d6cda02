"""Closures of pairs, found among the rules of a predicate that nothing else recurses with.

`p(X, Z) :- p(X, Y), step(Y, Z)`, beside rules that do not read p, pairs what those give with all that steps
lead to. `p(X, Z) :- p(X, Y), p(Y, Z)` says the same with the other rules' pairs as steps: nobody has to join
all pairs with all pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from datalox.plan.core import (
    CLOCK,
    ClosureSpec,
    CoreItem,
    CoreRule,
    Total,
    assigned,
    item_variables,
    variables_of,
)
from datalox.terms import Atom, Comparison, Literal, Var

Pair = tuple[str, str]
"""Two different variables."""


def recognise(name: str, rules: Sequence[CoreRule]) -> tuple[ClosureSpec, list[CoreRule]] | None:
    """The closure that the rules of `name` are, if they are one, and rules for those of its relations that
    are not the program's own."""
    recursive = [rule for rule in rules if _reads(rule, name) and not _is_idle(rule, name)]
    exits = [rule for rule in rules if not _reads(rule, name)]
    squares = [rule for rule in recursive if _is_square(rule, name)]
    forward = [step for rule in recursive if (step := _step(rule, name, forward=True)) is not None]
    backward = [step for rule in recursive if (step := _step(rule, name, forward=False)) is not None]
    steps = forward or backward
    if not recursive or len(squares) + len(steps) != len(recursive):
        return None
    derived: list[CoreRule] = []
    exit_names = _relations(f"{name}#exits", exits, derived)
    step_names = _relations(f"{name}#steps", steps, derived)
    if squares:
        step_names = tuple(dict.fromkeys((*exit_names, *step_names)))
    return ClosureSpec(exit_names, step_names, not backward), derived


def _relations(name: str, rules: Sequence[CoreRule], derived: list[CoreRule]) -> tuple[str, ...]:
    """The relations whose pairs the rules give: those they copy, and `name` for what else is `derived`."""
    names: dict[str, None] = {}
    for rule in rules:
        copied = _copied(rule)
        if copied is None:
            derived.append(replace(rule, head=Atom(name, rule.head.terms)))
        names[copied or name] = None
    return tuple(names)


def _reads(rule: CoreRule, name: str) -> bool:
    return any(isinstance(item, Literal) and item.atom.predicate == name for item in rule.body)


def _pair(atom: Atom) -> Pair | None:
    """The two different variables that are all the atom has."""
    names = [term.name for term in atom.terms if isinstance(term, Var)]
    return (names[0], names[1]) if len(atom.terms) == len(names) == len(set(names)) == 2 else None


def _copied(rule: CoreRule) -> str | None:
    """q in `p(X, Y) :- q(X, Y)`."""
    if len(rule.body) != 1 or not isinstance(item := rule.body[0], Literal) or item.negated:
        return None
    pair = _pair(rule.head)
    return item.atom.predicate if pair is not None and pair == _pair(item.atom) else None


def _own(rule: CoreRule, name: str) -> list[Pair | None]:
    """The pairs of variables of the body's atoms of `name`."""
    atoms = [item.atom for item in rule.body if isinstance(item, Literal)]
    return [_pair(atom) for atom in atoms if atom.predicate == name]


def _is_idle(rule: CoreRule, name: str) -> bool:
    """Whether the rule derives only what it reads."""
    return _pair(rule.head) in _own(rule, name)


def _is_square(rule: CoreRule, name: str) -> bool:
    """Whether the rule is `p(X, Z) :- p(X, Y), p(Y, Z)`."""
    own, head = _own(rule, name), _pair(rule.head)
    if head is None or len(own) != 2 or len(rule.body) != 2 or None in own:
        return False
    (first, last) = head
    between = {pair[1] for pair in own if pair and pair[0] == first} & {
        pair[0] for pair in own if pair and pair[1] == last
    }
    return len(between - {first, last}) == 1


def _step(rule: CoreRule, name: str, forward: bool) -> CoreRule | None:
    """`step(Y, Z) :- …` for a rule `p(X, Z) :- p(X, Y), …`, where only p is asked about X; or `step(X, Y)`
    for `p(X, Z) :- …, p(Y, Z)`."""
    own, head = _own(rule, name), _pair(rule.head)
    if len(own) != 1 or head is None or own[0] is None:
        return None
    kept = 0 if forward else 1
    moved, led = own[0][1 - kept], head[1 - kept]
    rest = tuple(i for i in rule.body if not (isinstance(i, Literal) and i.atom.predicate == name))
    if own[0][kept] != head[kept] or moved == led or any(head[kept] in item_variables(item) for item in rest):
        return None
    if not any(_decides(item, {moved, led}, rest) for item in rest):
        return None
    terms = (Var(moved), Var(led)) if forward else (Var(led), Var(moved))
    return replace(rule, head=Atom(name, terms), body=rest, origins=())


def _decides(item: CoreItem, ends: set[str], rest: Sequence[CoreItem]) -> bool:
    """Whether a row of `item` gives both ends, and the rest of the body only tests it: then there are no more
    steps than rows."""
    if not isinstance(item, Literal) or item.negated:
        return False
    known = item_variables(item)
    waiting = [other for other in rest if other is not item]
    while ends <= known and waiting:
        left = [other for other in waiting if not _follows(other, known)]
        if len(left) == len(waiting):
            return False
        waiting = left
    return ends <= known


def _follows(item: CoreItem, known: set[str]) -> bool:
    """Whether an item has one solution at most, given what is known; what it binds is known then."""
    if isinstance(item, Comparison):
        found = assigned(item, known)
        known.update((found[0].name,) if found is not None else ())
    elif isinstance(item, Total):
        known.update(item_variables(item) if variables_of(item.groups) <= known else ())
    elif isinstance(item, Literal) and item.atom.predicate == CLOCK:
        known.update(item_variables(item))
    elif isinstance(item, Literal) and item.negated:
        return {name for name in item_variables(item) if not name.startswith("_#")} <= known
    return item_variables(item) <= known
