"""Arity is part of a predicate: one name, one number of arguments."""

from __future__ import annotations

from collections.abc import Iterator

from datalox.check.survey import Known, Survey
from datalox.diagnostics import Diagnostic
from datalox.terms import Atom, Decl, Order, Span


def check_arity(survey: Survey) -> Iterator[Diagnostic]:
    for _, declaration in survey.declarations():
        if isinstance(declaration, Order):
            yield from _compare(survey, declaration.atom)
        elif not isinstance(declaration, Decl):
            yield from _mismatch(survey, declaration.predicate, declaration.arity, declaration.span)
    for checked in survey.rules:
        for atom in (checked.rule.head, *survey.reads(checked)):
            yield from _compare(survey, atom)
    for _, fact in survey.facts:
        yield from _compare(survey, fact.atom)


def _compare(survey: Survey, atom: Atom) -> Iterator[Diagnostic]:
    yield from _mismatch(survey, atom.predicate, atom.arity, atom.span)


def _mismatch(survey: Survey, name: str, arity: int, span: Span | None) -> Iterator[Diagnostic]:
    known = survey.known.get(name)
    if known is not None and known.arity != arity:
        yield Diagnostic(
            "arity", f"{name} takes {_count(known.arity)}, here it has {arity}", _hint(known), span
        )


def _count(arity: int) -> str:
    return f"{arity} argument" if arity == 1 else f"{arity} arguments"


def _hint(known: Known) -> str:
    if known.decl is not None:
        return f"declared at {known.place}: {known.decl}"
    return f"{known.signature} comes from {known.place}"
