"""Values stand where values of their kind can stand: declared types, comparisons, arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from datalox.check.inference import Types, places, term_type, variable_types
from datalox.check.lattice import holds, is_numeric, is_textual, meet, type_of
from datalox.check.scope import atom_of
from datalox.check.survey import Survey
from datalox.diagnostics import Diagnostic
from datalox.terms import (
    Aggregate,
    Arith,
    Atom,
    BodyItem,
    Comparison,
    Const,
    Literal,
    Neg,
    Rule,
    Term,
    Var,
)


def check_mismatches(survey: Survey, types: Types) -> Iterator[Diagnostic]:
    for checked in survey.rules:
        yield from rule_mismatches(survey, checked.rule, types)
    for _, fact in survey.facts:
        yield from _constants(survey, fact.atom, types)


def rule_mismatches(survey: Survey, rule: Rule, types: Types) -> Iterator[Diagnostic]:
    atoms = [atom for item in rule.body if (atom := atom_of(item)) is not None]
    for atom in (*atoms, rule.head):
        yield from _constants(survey, atom, types)
    clashes = list(_variables(survey, rule, types))
    yield from clashes
    if clashes:
        return
    found = variable_types(rule, types)
    for term in chain(*(atom.terms for atom in (*atoms, rule.head))):
        yield from _arithmetic(term, found)
    for item in rule.body:
        yield from _item(item, found)


def _constants(survey: Survey, atom: Atom, types: Types) -> Iterator[Diagnostic]:
    for place, (term, column_type) in enumerate(places(atom, types)):
        if isinstance(term, Const) and column_type is not None and not holds(column_type, term.value):
            column = _column(survey, atom, place)
            message = f"{term} is {_kind(type_of(term.value))}, {column} takes {column_type}"
            yield Diagnostic("type-mismatch", message, _hint(survey, atom), term.span)


def _variables(survey: Survey, rule: Rule, types: Types) -> Iterator[Diagnostic]:
    """Where a variable joins columns that have no value in common; the head and negated atoms come last."""
    have: dict[str, tuple[str, str]] = {}
    reported: set[str] = set()
    for atom in _by_certainty(rule):
        for place, (term, column_type) in enumerate(places(atom, types)):
            if not isinstance(term, Var) or column_type is None or term.name in reported:
                continue
            column = _column(survey, atom, place)
            first_type, first_column = have.get(term.name, ("any", ""))
            both = meet(first_type, column_type)
            if both is None:
                reported.add(term.name)
                message = (
                    f"{term} is {_kind(first_type)} in {first_column} and {_kind(column_type)} in {column}"
                )
                yield Diagnostic("type-mismatch", message, "no value is both: this never holds", term.span)
            elif both != first_type or term.name not in have:
                have[term.name] = (both, column)


def _by_certainty(rule: Rule) -> Iterator[Atom]:
    negated: list[Atom] = []
    for item in rule.body:
        if isinstance(item, Literal) and item.negated:
            negated.append(item.atom)
        elif (atom := atom_of(item)) is not None:
            yield atom
    yield from negated
    yield rule.head


def _item(item: BodyItem, found: dict[str, str | None]) -> Iterator[Diagnostic]:
    if isinstance(item, Aggregate):
        yield from _arithmetic(item.value, found)
        if item.op in ("sum", "avg") and not _may_be_number(item.value, found):
            message = (
                f"{item.op} needs numbers, {item.value} is {_kind(term_type(item.value, found) or 'any')}"
            )
            yield Diagnostic("type-mismatch", message, "count(X) counts anything", item.value.span)
    elif isinstance(item, Comparison):
        yield from _arithmetic(item.left, found)
        yield from _arithmetic(item.right, found)
        yield from _comparison(item, found)


def _comparison(item: Comparison, found: dict[str, str | None]) -> Iterator[Diagnostic]:
    left, right = term_type(item.left, found) or "any", term_type(item.right, found) or "any"
    if _can_meet(item.left, left, right) or _can_meet(item.right, right, left):
        return
    if item.op not in ("=", "!=") and is_textual(left) and is_textual(right):
        return
    outcome = "always true" if item.op == "!=" else "never true"
    message = f"{item.left} is {_kind(left)} and {item.right} is {_kind(right)}: '{item}' is {outcome}"
    yield Diagnostic("type-mismatch", message, "compare values of one kind", item.span)


def _can_meet(term: Term, own: str, other: str) -> bool:
    return meet(own, other) is not None or (isinstance(term, Const) and holds(other, term.value))


def _arithmetic(term: Term, found: dict[str, str | None]) -> Iterator[Diagnostic]:
    operands: tuple[Term, ...] = ()
    if isinstance(term, Arith):
        operands = (term.left, term.right)
    elif isinstance(term, Neg):
        operands = (term.term,)
    for operand in operands:
        yield from _arithmetic(operand, found)
        if not _may_be_number(operand, found):
            kind = _kind(term_type(operand, found) or "any")
            message = f"{operand} is {kind}, '{term}' needs numbers"
            yield Diagnostic("type-mismatch", message, "arithmetic is for numbers", operand.span)


def _may_be_number(term: Term, found: dict[str, str | None]) -> bool:
    return is_numeric(term_type(term, found) or "any")


def _column(survey: Survey, atom: Atom, place: int) -> str:
    known = survey.known.get(atom.predicate)
    signature = f"{atom.predicate}/{atom.arity}"
    if known is not None and known.decl is not None and place < len(known.decl.columns):
        return f"column {known.decl.columns[place].name} of {signature}"
    return f"argument {place + 1} of {signature}"


def _hint(survey: Survey, atom: Atom) -> str:
    known = survey.known.get(atom.predicate)
    if known is not None and known.decl is not None:
        return f"declared at {known.place}: {known.decl}"
    return "that is what its rules put there: correct the value, or declare the columns with .decl"


def _kind(column_type: str) -> str:
    words = {
        "symbol": "a symbol",
        "text": "text",
        "string": "a string",
        "int": "an integer",
        "float": "a number",
        "number": "a number",
        "scalar": "text or a number",
    }
    return words.get(column_type, "a value")
