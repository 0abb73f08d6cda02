"""The types of columns nobody declared, followed through the rules to a fixpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from datalox.check.analysis import CLOCK
from datalox.check.graph import components
from datalox.check.lattice import SPELLED, join, meet, type_of
from datalox.check.scope import atom_of
from datalox.check.survey import Known, Survey
from datalox.terms import Aggregate, Arith, Atom, Column, Comparison, Const, Literal, Neg, Rule, Term, Var

# None: no rule has given the column a value yet.
ColumnTypes: TypeAlias = "list[str | None]"
Types: TypeAlias = "Mapping[str, Sequence[str | None]]"
_NUMERIC_RESULTS: Final = {"count": "int", "sum": "number", "avg": "number", "collect": "any"}


def infer_columns(survey: Survey) -> dict[str, tuple[Column, ...]]:
    """Declared types as they are; those of predicates with rules by their rules; else `any`."""
    types = {known.name: _start(known) for known in survey.known.values()}
    for group in components(survey.graph()):
        inferred = [known for name in group if (known := survey.known[name]).decl is None and not known.facts]
        while any(_widen(known, types) for known in inferred):
            pass
    return {known.name: _columns(known, types[known.name]) for known in survey.known.values()}


def _start(known: Known) -> ColumnTypes:
    if known.decl is not None:
        return [column.type for column in known.decl.columns]
    return [None if known.rules and not known.facts else "any"] * known.arity


def _columns(known: Known, types: ColumnTypes) -> tuple[Column, ...]:
    if known.decl is not None:
        return known.decl.columns
    return tuple(Column(f"c{number}", column_type or "any") for number, column_type in enumerate(types, 1))


def _widen(known: Known, types: dict[str, ColumnTypes]) -> bool:
    """Adds what the rules give to the columns of `known`; True if that changed them."""
    before = list(types[known.name])
    for checked in known.rules:
        found = variable_types(checked.rule, types)
        for place, term in enumerate(checked.rule.head.terms[: known.arity]):
            given = _given(known, term, found)
            have = types[known.name][place]
            if given is not None:
                types[known.name][place] = given if have is None else join(have, given)
    return types[known.name] != before


def _given(known: Known, term: Term, found: Mapping[str, str | None]) -> str | None:
    """What a head term tells of its column; nothing, where it stands for whatever the caller asks with."""
    if isinstance(term, Var) and term.name not in found and known.demand is not None:
        return None
    return term_type(term, found)


def variable_types(rule: Rule, types: Types) -> dict[str, str | None]:
    """For each variable what its positive atoms and assignments make of it; None: not known yet.

    Variables of negated atoms alone get their value from the caller: there the negated column tells.
    Variables that nothing types are absent. Where atoms contradict one another the first one counts.
    """
    found: dict[str, str | None] = {}
    for name, column_type in _bindings(rule, types):
        _narrow(found, name, column_type)
    certain = set(found)
    for item in rule.body:
        if isinstance(item, Literal) and item.negated:
            for name, column_type in _typed_variables(item.atom, types):
                if name not in certain:
                    _narrow(found, name, column_type)
    for _ in range(len(rule.body)):
        before = dict(found)
        for item in rule.body:
            _assign(item, found)
        if found == before:
            break
    return found


def _bindings(rule: Rule, types: Types) -> Iterator[tuple[str, str | None]]:
    for item in rule.body:
        atom = atom_of(item)
        if atom is not None and not (isinstance(item, Literal) and item.negated):
            yield from _typed_variables(atom, types)


def _typed_variables(atom: Atom, types: Types) -> Iterator[tuple[str, str | None]]:
    for term, column_type in places(atom, types):
        if isinstance(term, Var):
            yield term.name, column_type


def places(atom: Atom, types: Types) -> Iterator[tuple[Term, str | None]]:
    """The terms of an atom with the types of their columns."""
    columns: Sequence[str | None] = ["number"] if atom.predicate == CLOCK else types.get(atom.predicate, [])
    yield from zip(atom.terms, columns, strict=False)


def _narrow(found: dict[str, str | None], name: str, column_type: str | None) -> None:
    have = found.get(name, "any")
    if have is None or column_type is None:
        found[name] = have if column_type is None and name in found else column_type
    else:
        found[name] = meet(have, column_type) or have


def _assign(item: object, found: dict[str, str | None]) -> None:
    if isinstance(item, Aggregate) and isinstance(item.result, Var):
        found.setdefault(item.result.name, _NUMERIC_RESULTS.get(item.op) or term_type(item.value, found))
    elif isinstance(item, Comparison) and item.op == "=":
        for target, source in ((item.left, item.right), (item.right, item.left)):
            if isinstance(target, Var) and (not isinstance(source, Var) or source.name in found):
                given = term_type(source, found)
                if target.name not in found:
                    found[target.name] = given


def term_type(term: Term, found: Mapping[str, str | None]) -> str | None:
    if isinstance(term, Var):
        return found.get(term.name, "any")
    if isinstance(term, Const):
        return type_of(term.value)
    if isinstance(term, Arith | Neg):
        return "number"
    raise AssertionError(term)


def spelled_variables(rule: Rule, types: Types) -> set[str]:
    """Variables that stand in a column which keeps text as symbols, or equal one that does."""
    found: set[str] = set()
    for atom in (rule.head, *(atom for item in rule.body if (atom := atom_of(item)) is not None)):
        found |= {
            term.name
            for term, column_type in places(atom, types)
            if isinstance(term, Var) and column_type in SPELLED
        }
    pairs = [
        {item.left.name, item.right.name}
        for item in rule.body
        if isinstance(item, Comparison) and isinstance(item.left, Var) and isinstance(item.right, Var)
    ]
    for _ in pairs:
        found |= {name for pair in pairs if pair & found for name in pair}
    return found
