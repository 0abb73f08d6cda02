"""Every code has its page, every page shows a mistake that gets the code and its correction that does not."""

import ast
from pathlib import Path

import pytest

import datalox
from datalox import Budget, DatalogError, Program, Session
from datalox.catalogue import CODES, page
from datalox.check import analyse

SOURCE = Path(datalox.__file__).parent
PAGES = Path(__file__).parents[5] / "docs" / "errors"


def codes_in_source() -> set[str]:
    """The first argument of every Diagnostic(…) and error(…) that is a literal."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.args:
                first = call.args[0]
                if call.func.id in ("Diagnostic", "error") and isinstance(first, ast.Constant):
                    found.add(str(first.value))
    return found


def test_every_code_is_explained_and_every_explained_code_is_used() -> None:
    assert codes_in_source() | {"cycle-through-negation", "cycle-through-aggregation"} == set(CODES)


def codes_of(text: str, code: str) -> list[str]:
    """What an example gets: the codes of its errors, or of its warnings."""
    explained = CODES[code]
    try:
        if explained.python:
            names = {found.__name__: found for found in (Budget, DatalogError, Program, Session)}
            exec(text, {**names, "db": Session(Program.parse(explained.schema, "base.dl"))})
            return []
        analysis = analyse([Program.parse(explained.schema + text, "example.dl")])
    except DatalogError as refused:
        return sorted({found.code for found in refused.diagnostics})
    return sorted({found.code for found in analysis.warnings})


@pytest.mark.parametrize("code", CODES)
def test_the_mistake_gets_its_code_and_the_correction_none(code: str) -> None:
    assert codes_of(CODES[code].wrong, code) == [code]
    assert codes_of(CODES[code].right, code) == []


@pytest.mark.parametrize("code", CODES)
def test_the_page_is_fresh(code: str) -> None:
    written = PAGES / f"datalox-{code}.md"
    assert written.read_text(encoding="utf-8") == page(code), (
        "write them: python -m datalox.catalogue docs/errors"
    )


def test_no_page_is_left_of_a_code_that_is_gone() -> None:
    assert {path.stem.removeprefix("datalox-") for path in PAGES.glob("datalox-*.md")} == set(CODES)
