"""Real programs and test files, damaged: every text gives a program or diagnostics, and nothing else."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from properties.programs import programs
from properties.test_engine import SETTINGS
from properties.test_load import BUDGET
from properties.test_parse import PIECES, check_is_total

from datalox import DatalogError, Program, Session
from datalox.check import analyse
from datalox.testing.reader import read_tests

CASES = Path(__file__).parents[1] / "conformance" / "cases"
TEXTS = [path.read_text(encoding="utf-8") for path in sorted(CASES.rglob("*.dlt"))]
RULES = [text.split("{", 1)[1].split("\n}", 1)[0] for text in TEXTS if text.count("program {") == 1]
OPENING = (
    "(",
    "-",
    "not ",
    "p(",
    "X + (",
    "count(X, ",
    "{ ",
    '"',
    "'",
    "% ",
    ".decl p(",
    ":-",
    "\\u{",
    "1e",
    "- - ",
)


@st.composite
def damaged(draw: st.DrawFn, texts: list[str]) -> str:
    """A text after one to four accidents."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        to = min(len(text), at + draw(st.integers(0, 30)))
        part = text[at:to]
        how = draw(st.sampled_from(("lost", "doubled", "moved", "inserted", "spliced", "repeated", "noise")))
        if how == "inserted":
            part = draw(st.sampled_from(PIECES)) + part
        elif how == "spliced":
            other = draw(st.sampled_from(texts))
            start = draw(st.integers(0, len(other)))
            part = other[start : start + 40]
        elif how == "noise":
            part = draw(st.text(max_size=5))
        elif how == "repeated":
            part = draw(st.sampled_from(OPENING)) * draw(st.sampled_from((2, 40, 3000))) + part
        elif how == "moved":
            text, part = text[:at] + text[to:] + part, ""
        text = text[:at] + {"lost": "", "doubled": part + part}.get(how, part) + text[to:]
    return text


@settings(SETTINGS, max_examples=300)
@given(damaged(RULES))
def test_damaged_programs(text: str) -> None:
    check_is_total(text)


@settings(SETTINGS, max_examples=150)
@given(damaged(TEXTS))
def test_damaged_test_files(text: str) -> None:
    try:
        assert read_tests(text, "damaged.dlt", "damaged")
    except DatalogError as refused:
        assert all(found.span is not None for found in refused.diagnostics)


@settings(SETTINGS, max_examples=100)
@given(
    st.one_of(damaged(RULES), programs().map(lambda written: written.text).flatmap(lambda t: damaged([t])))
)
def test_damaged_programs_that_are_still_accepted_run(text: str) -> None:
    try:
        program = Program.parse(text, "damaged.dl")
        analysis = analyse([program], open_world=".decl" not in text)
    except DatalogError:
        return
    try:
        session = Session(program, budget=BUDGET)
        with session.transaction(now=3) as transaction:
            for predicate in session.predicates():
                if not predicate.columns or {c.type for c in predicate.columns} <= {"any", "number", "int"}:
                    transaction.assert_(predicate.name, *range(predicate.arity))
        for predicate in session.predicates():
            if predicate.demand is None:
                list(session.query(predicate.name, *[...] * predicate.arity))
    except DatalogError as refused:
        assert {found.code for found in refused.diagnostics} == {"budget"}, refused
    assert analysis.predicates or not (program.rules or program.declarations or program.facts)
