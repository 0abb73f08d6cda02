"""A query is checked like the body of a rule whose head shows what it binds."""

from __future__ import annotations

from typing import Final

from datalox.check.analysis import Analysis, CheckedRule
from datalox.check.arity import check_arity
from datalox.check.body_length import rule_length
from datalox.check.clock import clock_in_body
from datalox.check.conversion import convert_rule
from datalox.check.inference import Types
from datalox.check.mismatches import rule_mismatches
from datalox.check.safety import rule_safety
from datalox.check.scope import variables
from datalox.check.survey import Known, Survey
from datalox.check.unknown_predicates import check_unknown_predicates
from datalox.diagnostics import DatalogError, sorted_by_place
from datalox.terms import Aggregate, Atom, BodyItem, Comparison, Demand, Literal, Rule, Term, Var

# No predicate of a program can have this name.
QUERY: Final = "?"


def check_goals(
    analysis: Analysis, goals: tuple[BodyItem, ...], text: str = "", file: str = "<query>"
) -> tuple[BodyItem, ...]:
    """The goals of a query, constants converted to the types of their columns.

    Demand predicates may be asked.
    `text` is what the goals were parsed from, for the excerpts. Raises DatalogError with every error.
    """
    checked = CheckedRule(Rule(Atom(QUERY, _shown(goals)), goals), file, 1)
    material = _survey(analysis, checked)
    patterns = {name: kept.patterns for name, kept in analysis.predicates.items() if kept.demand is not None}
    types: Types = {
        name: [column.type for column in kept.columns] for name, kept in analysis.predicates.items()
    }
    errors = {
        *check_arity(material),
        *check_unknown_predicates(material),
        *clock_in_body(checked.rule),
        *rule_length(checked.rule),
        *rule_safety(material, checked, patterns),
        *rule_mismatches(material, checked.rule, types),
    }
    if errors:
        raise DatalogError(sorted_by_place(errors), {file: text} if text else None)
    return convert_rule(checked.rule, types).body


def _shown(body: tuple[BodyItem, ...]) -> tuple[Term, ...]:
    shown: dict[str, Term] = {}
    for item in body:
        for term in _binding_terms(item):
            for variable in variables(term):
                if not variable.is_wildcard:
                    shown.setdefault(variable.name, Var(variable.name, variable.span))
    return tuple(shown.values())


def _binding_terms(item: BodyItem) -> tuple[Term, ...]:
    if isinstance(item, Literal):
        return () if item.negated else tuple(term for term in item.atom.terms if isinstance(term, Var))
    if isinstance(item, Aggregate):
        return (item.result,) if isinstance(item.result, Var) else ()
    return _assigned(item)


def _assigned(item: Comparison) -> tuple[Term, ...]:
    if item.op != "=":
        return ()
    return tuple(term for term in (item.left, item.right) if isinstance(term, Var))


def _survey(analysis: Analysis, checked: CheckedRule) -> Survey:
    known = {
        name: Known(name, kept.arity, kept.module, None, demand=kept.demand, defined=True)
        for name, kept in analysis.predicates.items()
    }
    demand = Demand(QUERY, checked.rule.head.arity)
    known[QUERY] = Known(QUERY, checked.rule.head.arity, checked.module, None, demand=demand)
    material = Survey((), analysis.open_world, known, [checked])
    if analysis.open_world:
        for atom in material.reads(checked):
            fresh = Known(atom.predicate, atom.arity, checked.module, atom.span)
            known.setdefault(atom.predicate, fresh)
    return material
