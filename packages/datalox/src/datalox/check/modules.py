"""A module adds rules to what it owns or what its owner opened, and uses only what is not private."""

from __future__ import annotations

from collections.abc import Iterator

from datalox.check.survey import Known, Survey
from datalox.diagnostics import Diagnostic
from datalox.terms import Atom, Order, Span


def check_modules(survey: Survey) -> Iterator[Diagnostic]:
    for module, declaration in survey.declarations():
        if not isinstance(declaration, Order):
            known = survey.known[declaration.predicate]
            if known.module != module:
                yield _not_extensible(known, "redeclare", declaration.span)
    for checked in survey.rules:
        head = survey.known[checked.rule.head.predicate]
        if head.module != checked.module and not head.extensible:
            yield _not_extensible(head, "add rules to", checked.rule.head.span)
        for atom in (checked.rule.head, *survey.reads(checked)):
            yield from _private(survey, atom, checked.module)
    for module, fact in survey.facts:
        known = survey.known[fact.atom.predicate]
        if known.module != module and known.rules and not known.extensible:
            yield _not_extensible(known, "add facts to", fact.atom.span)
        yield from _private(survey, fact.atom, module)


def _not_extensible(known: Known, what: str, span: Span | None) -> Diagnostic:
    message = f"{known.signature} belongs to {known.module}, other modules cannot {what} it"
    hint = f"derive a predicate of your own, or declare .extensible {known.signature} in {known.module}"
    return Diagnostic("not-extensible", message, hint, span)


def _private(survey: Survey, atom: Atom, module: str) -> Iterator[Diagnostic]:
    known = survey.known.get(atom.predicate)
    if known is not None and known.private and known.module != module:
        message = f"{known.signature} is private to {known.module}"
        yield Diagnostic("private", message, "use what that module offers instead", atom.span)
