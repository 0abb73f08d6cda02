"""From rules as written to core rules: arithmetic out of atoms, aggregates and projections into
auxiliary predicates."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from datalox.check.analysis import Analysis, CheckedRule, Predicate
from datalox.plan.aggregates import extract_rest, place_aggregates
from datalox.plan.closure import recognise
from datalox.plan.core import CLOCK, CoreItem, CoreRule, Design
from datalox.plan.flatten import flatten
from datalox.plan.isolate import isolate_clock
from datalox.terms import Aggregate, Atom, Literal, Rule, Var

FACTS = "#facts"


def desugar(analysis: Analysis) -> Design:
    """The design of a checked program."""
    design = Design()
    design.arities[CLOCK] = 1
    parts = [part.predicates for part in analysis.components if part.recursive]
    recursive = {name: len(names) for names in parts for name in names}
    design.demand.update(name for name, known in analysis.predicates.items() if known.demand is not None)
    for name, predicate in analysis.predicates.items():
        if name != CLOCK:
            _desugar_predicate(design, predicate, recursive.get(name, 0))
    return design


def _desugar_predicate(design: Design, predicate: Predicate, recursive: int) -> None:
    """`recursive`: how many predicates its recursion goes through, 0 if there is none."""
    name, on_demand = predicate.name, predicate.demand is not None
    if not on_demand:
        design.arities[name] = predicate.arity
    if not predicate.rules and not on_demand:
        return
    design.arities[name + FACTS] = predicate.arity
    asserted = facts_rule(name, predicate.arity)
    design.whole[name] = [asserted, *(reduce_rule(design, checked, predicate) for checked in predicate.rules)]
    if on_demand:
        return
    closure = recognise(name, design.whole[name]) if recursive == 1 and predicate.arity == 2 else None
    if closure is None:
        design.rules.append(asserted)
        for whole in design.whole[name][1:]:
            design.rules.extend(maintained(design, whole, recursive > 0))
        return
    design.closures[name], derived = closure
    for rule in derived:
        design.arities[rule.head.predicate] = 2
        design.rules.extend(maintained(design, rule, False))


def facts_rule(name: str, arity: int) -> CoreRule:
    """`p(A, …) :- p#facts(A, …)`: what is asserted is one more derivation."""
    terms = tuple(Var(f"A{position}") for position in range(arity))
    return CoreRule(Atom(name, terms), (Literal(Atom(name + FACTS, terms)),), f"fact {name}/{arity}")


def label_of(checked: CheckedRule) -> str:
    span = checked.rule.span
    place = (
        f"{span.file}:{span.line}:{span.column}" if span is not None else f"{checked.module}#{checked.number}"
    )
    return f"{checked.rule.head.predicate}/{checked.rule.head.arity} {place}"


def reduce_rule(design: Design, checked: CheckedRule, predicate: Predicate) -> CoreRule:
    """The rule with plain atoms and placed aggregates, time still in it."""
    rule, label = checked.rule, label_of(checked)
    written = rule.body
    if any(isinstance(item, Aggregate) and item.goal is None for item in written):
        on_demand = predicate.demand is not None
        written, rest = extract_rest(design, rule, label, on_demand)
        if not on_demand and design.whole[rest.head.predicate][0] is rest:
            design.rules.extend(maintained(design, rest, False))
    body = tuple(flatten(written))
    callers: set[str] = set()
    if predicate.demand is not None:
        modes = predicate.demand.modes or ("+",) * predicate.arity
        callers = {
            t.name
            for t, mode in zip(rule.head.terms, modes, strict=True)
            if mode == "+" and isinstance(t, Var)
        }
    items = place_aggregates(design, Rule(rule.head, body), callers, label)
    return CoreRule(rule.head, items, label, checked, body)


def maintained(design: Design, whole: CoreRule, recursive: bool) -> list[CoreRule]:
    """The rules that keep the head of `whole` current: projections of negated atoms, time apart, no atom
    thrice."""
    body = tuple(_project(design, item) for item in whole.body)
    rule = replace(whole, body=body)
    if recursive:
        return [rule]
    entries = isolate_clock(design, rule)
    return [_mirrored(design, entries if entries is not None else rule)]


def _project(design: Design, item: CoreItem) -> CoreItem:
    """`not p(X, _)` becomes `not p#0(X)`, so negation always asks for a whole row."""
    if not (isinstance(item, Literal) and item.negated):
        return item
    terms = item.atom.terms
    kept = tuple(i for i, term in enumerate(terms) if not (isinstance(term, Var) and term.is_wildcard))
    if len(kept) == len(terms):
        return item
    source = item.atom.predicate
    name = f"{source}#{'_'.join(map(str, kept))}"
    if name not in design.arities:
        design.arities[name] = len(kept)
        columns = tuple(Var(f"A{i}" if i in kept else f"_#{i}") for i in range(len(terms)))
        head = Atom(name, tuple(columns[i] for i in kept))
        design.rules.append(CoreRule(head, (Literal(Atom(source, columns)),), f"projection {name}"))
    return replace(item, atom=Atom(name, tuple(terms[i] for i in kept), item.atom.span))


def _mirrored(design: Design, rule: CoreRule) -> CoreRule:
    """Third and later occurrences of one relation read a mirror of it, so two moments (before, after)
    suffice."""
    seen: Counter[str] = Counter()
    body: list[CoreItem] = []
    for item in rule.body:
        if isinstance(item, Literal):
            name = item.atom.predicate
            seen[name] += 1
            if seen[name] > 2:
                mirror = _mirror(design, name, item.atom.arity, seen[name] - 2)
                item = replace(item, atom=replace(item.atom, predicate=mirror))
        body.append(item)
    return replace(rule, body=tuple(body))


def _mirror(design: Design, name: str, arity: int, number: int) -> str:
    mirror = f"{name}#mirror{number}"
    if mirror not in design.arities:
        design.arities[mirror] = arity
        terms = tuple(Var(f"A{i}") for i in range(arity))
        design.rules.append(CoreRule(Atom(mirror, terms), (Literal(Atom(name, terms)),), f"mirror {name}"))
    return mirror
