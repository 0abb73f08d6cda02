"""Computed terms out of atoms: `p(X + 1)` becomes `p(E), E = X + 1`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from datalox.terms import Aggregate, Atom, BodyItem, Comparison, Const, Literal, Term, Var


def flatten(body: Iterable[BodyItem]) -> Iterable[BodyItem]:
    """Replace computed terms inside atoms by fresh variables and an assignment."""
    fresh = 0
    for item in body:
        if isinstance(item, Aggregate) and not isinstance(item.result, (Var, Const)):
            fresh += 1
            yield Comparison("=", Var(f"E#{fresh}"), item.result, item.span)
            item = replace(item, result=Var(f"E#{fresh}"))
        atom = item.goal if isinstance(item, Aggregate) else item.atom if isinstance(item, Literal) else None
        if atom is None or all(isinstance(term, (Var, Const)) for term in atom.terms):
            yield item
            continue
        terms: list[Term] = []
        for term in atom.terms:
            if not isinstance(term, (Var, Const)):
                fresh += 1
                variable = Var(f"E#{fresh}")
                yield Comparison("=", variable, term, item.span)
                term = variable
            terms.append(term)
        plain = Atom(atom.predicate, tuple(terms), atom.span)
        if isinstance(item, Aggregate):
            yield replace(item, goal=plain)
        elif isinstance(item, Literal):
            yield replace(item, atom=plain)
