"""What the checks say about a text, or about several modules together."""

from collections.abc import Callable, Sequence

import pytest

from datalox.check import Analysis, analyse
from datalox.diagnostics import DatalogError, Diagnostic
from datalox.program import Program

Diagnose = Callable[..., Sequence[Diagnostic]]
# Base predicates for the rules under test.
BASE = ".decl q(a) .decl r(a) .decl e(a, b) .decl t(a: text, n: number) .decl s(a: string)"


def modules(texts: Sequence[str]) -> list[Program]:
    """`m1.dl`, `m2.dl`, … and a module `base.dl` that declares q/1 r/1 e/2 t/2 s/1."""
    named = [Program.parse(text, f"m{number}.dl") for number, text in enumerate(texts, 1)]
    return [Program.parse(BASE, "base.dl"), *named]


@pytest.fixture
def errors() -> Diagnose:
    def diagnose(*texts: str) -> Sequence[Diagnostic]:
        try:
            analyse(modules(texts))
        except DatalogError as refused:
            return refused.diagnostics
        return ()

    return diagnose


@pytest.fixture
def warnings() -> Diagnose:
    return lambda *texts: analyse(modules(texts)).warnings


@pytest.fixture
def analysis() -> Callable[..., Analysis]:
    return lambda *texts: analyse(modules(texts))
