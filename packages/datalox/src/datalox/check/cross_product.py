"""A materialised rule that pairs everything with everything is better asked on demand."""

from __future__ import annotations

from collections.abc import Iterator

from datalox.check.analysis import CLOCK
from datalox.check.scope import names, plain_names
from datalox.check.survey import Survey
from datalox.diagnostics import Diagnostic
from datalox.terms import Aggregate, Atom, Comparison, Const, Literal, Rule


def check_cross_products(survey: Survey) -> Iterator[Diagnostic]:
    for checked in survey.rules:
        rule = checked.rule
        if survey.is_demand(rule.head.predicate):
            continue
        sides = _independent_sides(survey, rule)
        if len(sides) > 1:
            head = rule.head
            pairs = " with every ".join(_shown(side) for side in sides)
            message = f"this rule pairs every {pairs} and keeps the result in memory"
            hint = f"declare .demand {head.predicate}/{head.arity} to compute it when asked, or join them"
            yield Diagnostic("cross-product", message, hint, head.span, "warning")


def _shown(side: list[Atom]) -> str:
    return ", ".join(dict.fromkeys(atom.predicate for atom in side))


def _independent_sides(survey: Survey, rule: Rule) -> list[list[Atom]]:
    """Groups of atoms that share no variable, each of which gives the head variables of its own."""
    head = names(rule.head.terms)
    groups: list[tuple[set[str], list[Atom]]] = []
    for variables, atoms in _linked(survey, rule):
        touching = [group for group in groups if group[0] & variables]
        merged = variables.union(*(group[0] for group in touching))
        groups = [group for group in groups if group not in touching]
        groups.append((merged, [*(atom for group in touching for atom in group[1]), *atoms]))
    sides = [atoms for variables, atoms in groups if variables & head and atoms]
    written = [item.atom for item in rule.body if isinstance(item, Literal)]
    return sorted(sides, key=lambda atoms: written.index(atoms[0]))


def _linked(survey: Survey, rule: Rule) -> Iterator[tuple[set[str], list[Atom]]]:
    for item in rule.body:
        if isinstance(item, Literal) and not item.negated:
            if item.atom.predicate != CLOCK and plain_names(item.atom) and not _one_row(survey, item.atom):
                yield plain_names(item.atom), [item.atom]
        elif isinstance(item, Comparison) and item.op == "=":
            yield names((item.left, item.right)), []
        elif isinstance(item, Aggregate) and item.goal is not None:
            yield names((*item.goal.terms, item.result)), []


def _one_row(survey: Survey, atom: Atom) -> bool:
    """At most one row can match: the key is given, or the predicate holds one total."""
    known = survey.known[atom.predicate]
    if known.decl is not None and known.decl.key:
        columns = [column.name for column in known.decl.columns]
        given = {name for name, term in zip(columns, atom.terms, strict=False) if isinstance(term, Const)}
        return set(known.decl.key) <= given
    return bool(known.rules) and all(_is_total(checked.rule) for checked in known.rules)


def _is_total(rule: Rule) -> bool:
    results = {name for item in rule.body if isinstance(item, Aggregate) for name in names((item.result,))}
    return bool(results) and names(rule.head.terms) <= results
