"""Runs every check over a set of modules and gathers what they found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from datalox.check.analysis import Analysis, CheckedFact, CheckedRule, Predicate
from datalox.check.arity import check_arity
from datalox.check.body_length import check_body_length
from datalox.check.clock import check_clock
from datalox.check.conversion import convert_atom, convert_rule
from datalox.check.cross_product import check_cross_products
from datalox.check.dead_rules import check_dead_rules
from datalox.check.declarations import check_declarations
from datalox.check.demand import check_demand
from datalox.check.goals import check_goals as check_goals
from datalox.check.inference import Types, infer_columns
from datalox.check.mismatches import check_mismatches
from datalox.check.modules import check_modules
from datalox.check.orders import check_orders
from datalox.check.patterns import Patterns, demand_patterns
from datalox.check.safety import check_safety
from datalox.check.slow_recursion import check_slow_recursion
from datalox.check.strata import check_strata, ordered_components
from datalox.check.survey import Known, Survey, survey
from datalox.check.time_joins import check_time_joins
from datalox.check.unknown_predicates import check_unknown_predicates
from datalox.diagnostics import DatalogError, Diagnostic, sorted_by_place
from datalox.program import Program
from datalox.terms import Column, Const, Order


def analyse(programs: Sequence[Program], open_world: bool = False) -> Analysis:
    """What the modules mean together. Raises DatalogError with every error, by file, line and column.

    open_world: a predicate that is only ever used is taken for one whose facts will be asserted.
    """
    material = survey(programs, open_world)
    columns = infer_columns(material)
    types: Types = {name: [column.type for column in kept] for name, kept in columns.items()}
    patterns = demand_patterns(material)
    errors = sorted_by_place(set(_errors(material, types, patterns)))
    if errors:
        raise DatalogError(errors, {program.name: program.text for program in programs})
    warnings = sorted_by_place(set(_warnings(material)))
    return Analysis(
        predicates={
            name: _predicate(known, columns[name], types, patterns)
            for name, known in sorted(material.known.items())
        },
        components=ordered_components(material),
        orders={order.name: order for _, order in material.declarations() if isinstance(order, Order)},
        facts=tuple(_facts(material, types)),
        warnings=warnings,
        open_world=open_world,
    )


def _errors(material: Survey, types: Types, patterns: dict[str, Patterns]) -> Iterator[Diagnostic]:
    yield from check_declarations(material)
    yield from check_arity(material)
    yield from check_unknown_predicates(material)
    yield from check_clock(material)
    yield from check_modules(material)
    yield from check_orders(material)
    yield from check_demand(material)
    yield from check_body_length(material)
    yield from check_safety(material, patterns)
    yield from check_mismatches(material, types)
    yield from check_strata(material)


def _warnings(material: Survey) -> Iterator[Diagnostic]:
    yield from check_cross_products(material)
    yield from check_dead_rules(material)
    yield from check_slow_recursion(material)
    yield from check_time_joins(material)


def _predicate(
    known: Known, columns: tuple[Column, ...], types: Types, patterns: dict[str, Patterns]
) -> Predicate:
    names = [column.name for column in columns]
    key = tuple(names.index(name) for name in known.decl.key) if known.decl else ()
    return Predicate(
        name=known.name,
        arity=known.arity,
        columns=columns,
        key=key,
        declared=known.decl is not None,
        demand=known.demand,
        extensible=known.extensible,
        private=known.private,
        module=known.module,
        rules=tuple(
            CheckedRule(convert_rule(checked.rule, types), checked.module, checked.number)
            for checked in known.rules
        ),
        patterns=patterns.get(known.name, ()),
    )


def _facts(material: Survey, types: Types) -> Iterator[CheckedFact]:
    for module, fact in material.facts:
        atom = convert_atom(fact.atom, types)
        row = tuple(term.value for term in atom.terms if isinstance(term, Const))
        yield CheckedFact(atom.predicate, row, module, fact.span)
