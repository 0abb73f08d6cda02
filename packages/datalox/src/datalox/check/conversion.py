"""Constants of rules and facts as their columns keep them: a string where text stands becomes a symbol."""

from __future__ import annotations

from dataclasses import replace

from datalox.check.inference import Types, places, spelled_variables
from datalox.check.lattice import SPELLED
from datalox.terms import Aggregate, Atom, BodyItem, Comparison, Const, Literal, Rule, Symbol, Term, Var
from datalox.values import converted


def convert_rule(rule: Rule, types: Types) -> Rule:
    """The same rule object when nothing in it changes."""
    spelled = spelled_variables(rule, types)
    head = convert_atom(rule.head, types)
    body = tuple(_convert_item(item, types, spelled) for item in rule.body)
    same = head is rule.head and all(new is old for new, old in zip(body, rule.body, strict=True))
    return rule if same else replace(rule, head=head, body=body)


def convert_atom(atom: Atom, types: Types) -> Atom:
    known = dict(enumerate(column_type for _, column_type in places(atom, types)))
    terms = tuple(_convert(term, known.get(place) or "any") for place, term in enumerate(atom.terms))
    return atom if terms == atom.terms else replace(atom, terms=terms)


def _convert(term: Term, column_type: str) -> Term:
    if isinstance(term, Const) and isinstance(term.value, str) and column_type in SPELLED:
        return Const(converted(term.value, column_type), term.span)
    return term


def _convert_item(item: BodyItem, types: Types, spelled: set[str]) -> BodyItem:
    if isinstance(item, Literal):
        atom = convert_atom(item.atom, types)
        return item if atom is item.atom else replace(item, atom=atom)
    if isinstance(item, Aggregate):
        goal = convert_atom(item.goal, types) if item.goal is not None else None
        return item if goal is item.goal else replace(item, goal=goal)
    return _convert_comparison(item, spelled)


def _convert_comparison(item: Comparison, spelled: set[str]) -> Comparison:
    left = _convert_side(item.left, item.right, spelled)
    right = _convert_side(item.right, item.left, spelled)
    return item if (left, right) == (item.left, item.right) else replace(item, left=left, right=right)


def _convert_side(term: Term, other: Term, spelled: set[str]) -> Term:
    text = isinstance(term, Const) and isinstance(term.value, str)
    if text and (
        (isinstance(other, Var) and other.name in spelled)
        or (isinstance(other, Const) and isinstance(other.value, Symbol))
    ):
        return _convert(term, "text")
    return term
