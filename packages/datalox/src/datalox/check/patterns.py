"""How demand predicates can be asked: the sets of arguments of which a caller must bind one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Final, TypeAlias

from datalox.check.binding import close
from datalox.check.graph import components
from datalox.check.scope import names, plain_names
from datalox.check.survey import Known, Survey
from datalox.terms import Atom, Rule, Var

Pattern: TypeAlias = "frozenset[int]"
Patterns: TypeAlias = "tuple[Pattern, ...]"
# Beyond this many open arguments one sufficient set is found instead of every minimal one.
_MAX_ENUMERATED: Final = 8
_MAX_PATTERNS: Final = 16


def demand_patterns(survey: Survey) -> dict[str, Patterns]:
    """For every demand predicate its minimal patterns: the declared one, or what its rules need."""
    found: dict[str, Patterns] = {}
    for group in components(survey.graph()):
        demanded = [known for name in group if (known := survey.known[name]).demand is not None]
        found.update({known.name: _declared(known) or (frozenset(),) for known in demanded})
        # Needs only grow from round to round, so this ends; the bound is for patterns that were cut off.
        for _ in range(_MAX_PATTERNS * len(demanded)):
            before = dict(found)
            found.update({known.name: _declared(known) or _needed(known, found) for known in demanded})
            if found == before:
                break
    return found


def _declared(known: Known) -> Patterns | None:
    if known.demand is None or known.demand.modes is None:
        return None
    return (frozenset(place for place, mode in enumerate(known.demand.modes) if mode == "+"),)


def can_call(atom: Atom, bound: set[str], patterns: Mapping[str, Patterns]) -> bool:
    """Whether one of the patterns of the atom's predicate is bound; True if it has none.

    A call with too few arguments passes: its arity is reported, it has no place to name.
    """
    accepted = patterns.get(atom.predicate)
    if accepted is None or any(place >= atom.arity for pattern in accepted for place in pattern):
        return True
    return any(pattern <= bound_places(atom, bound) for pattern in accepted)


def bound_places(atom: Atom, bound: set[str]) -> Pattern:
    return frozenset(place for place, term in enumerate(atom.terms) if names((term,)) <= bound)


def given_by(head: Atom, pattern: Pattern) -> set[str]:
    """The variables of the head that a caller binds who asks with this pattern."""
    return {term.name for place, term in enumerate(head.terms) if place in pattern and isinstance(term, Var)}


def is_safe(rule: Rule, pattern: Pattern, patterns: Mapping[str, Patterns]) -> bool:
    """Everything in the rule has a value when the caller binds `pattern`."""
    given, callers = given_by(rule.head, pattern), frozenset(plain_names(rule.head))
    closure = close(rule, given, lambda atom, bound: can_call(atom, bound, patterns), callers)
    unbound = names(rule.head.terms) - closure.bound
    return not closure.stuck and not unbound


def _needed(known: Known, patterns: Mapping[str, Patterns]) -> Patterns:
    whole: Patterns = (frozenset(),)
    for checked in known.rules:
        own = _rule_patterns(checked.rule, patterns)
        whole = _minimal({left | right for left in whole for right in own})
    return whole


def _rule_patterns(rule: Rule, patterns: Mapping[str, Patterns]) -> Patterns:
    everything = frozenset(range(rule.head.arity))
    callers = frozenset(plain_names(rule.head))
    free = close(rule, set(), lambda atom, bound: can_call(atom, bound, patterns), callers).bound
    open_places = [
        place for place, term in enumerate(rule.head.terms) if isinstance(term, Var) and term.name not in free
    ]
    if not is_safe(rule, everything, patterns):
        return (frozenset(open_places),)
    if len(open_places) > _MAX_ENUMERATED:
        return (_one_sufficient(rule, open_places, patterns),)
    safe: list[Pattern] = []
    for size in range(len(open_places) + 1):
        for choice in map(frozenset, combinations(open_places, size)):
            if not any(smaller <= choice for smaller in safe) and is_safe(rule, choice, patterns):
                safe.append(choice)
    return _minimal(safe)


def _one_sufficient(rule: Rule, places: Iterable[int], patterns: Mapping[str, Patterns]) -> Pattern:
    kept = frozenset(places)
    for place in sorted(kept):
        if is_safe(rule, kept - {place}, patterns):
            kept -= {place}
    return kept


def _minimal(patterns: Iterable[Pattern]) -> Patterns:
    kept: list[Pattern] = []
    for pattern in sorted(patterns, key=lambda places: (len(places), sorted(places))):
        if not any(smaller <= pattern for smaller in kept):
            kept.append(pattern)
    return tuple(kept[:_MAX_PATTERNS])
