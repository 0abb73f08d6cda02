"""Rules that join all they derive with all they derive, where one step at a time gives the same."""

from __future__ import annotations

from collections.abc import Iterator

from datalox.check.graph import components
from datalox.check.scope import names, plain_names
from datalox.check.survey import Survey
from datalox.diagnostics import Diagnostic
from datalox.terms import Atom, Literal, Rule, Var


def check_slow_recursion(survey: Survey) -> Iterator[Diagnostic]:
    alone = {group[0] for group in components(survey.graph()) if len(group) == 1}
    for checked in survey.rules:
        rule, name = checked.rule, checked.rule.head.predicate
        if survey.is_demand(name) or not _joins_itself(rule):
            continue
        others = [other.rule for other in survey.known[name].rules]
        if name not in alone or not _is_square(rule) or any(_is_no_step(other) for other in others):
            message = f"this rule joins every {name} with every {name} that follows it"
            hint = f"join {name} with the relation it starts from: one step at a time mostly reaches the same"
            yield Diagnostic("slow-recursion", message, hint, rule.head.span, "warning")


def _own(rule: Rule) -> list[Atom]:
    """The atoms of the rule's own predicate that its body asks for."""
    atoms = [item.atom for item in rule.body if isinstance(item, Literal) and not item.negated]
    return [atom for atom in atoms if atom.predicate == rule.head.predicate]


def _joins_itself(rule: Rule) -> bool:
    """Whether two atoms of the head's predicate share a variable, and each gives the head one of its own."""
    head, own = names(rule.head.terms), [plain_names(atom) for atom in _own(rule)]
    return any(
        left & right and head & (left - right) and head & (right - left)
        for position, left in enumerate(own)
        for right in own[:position]
    )


def _is_no_step(rule: Rule) -> bool:
    """Whether the rule reads its own predicate other than by adding a step to one of its pairs."""
    own = _own(rule)
    if not own or _is_square(rule):
        return False
    kept = [mine == other for mine, other in zip(own[0].terms, rule.head.terms, strict=False)]
    return len(own) > 1 or len(kept) != 2 or True not in kept


def _is_square(rule: Rule) -> bool:
    """`p(X, Z) :- p(X, Y), p(Y, Z)`, which is evaluated one step at a time anyway."""
    own = [atom.terms for atom in _own(rule)]
    if len(rule.body) != 2 or len(own) != 2 or any(len(terms) != 2 for terms in own):
        return False
    if not all(isinstance(term, Var) for terms in own for term in terms):
        return False
    (first, last) = rule.head.terms
    return any(
        (left[0], right[1]) == (first, last) and left[1] == right[0] and left[1] not in (first, last)
        for left, right in (own, own[::-1])
    )
