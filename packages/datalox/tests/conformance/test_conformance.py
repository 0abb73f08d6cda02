"""One readable file per case: program, changes, what must follow."""

from pathlib import Path

import pytest

from datalox.testing import Case, collect

CASES = collect(Path(__file__).parent / "cases")


@pytest.mark.parametrize("case", CASES, ids=[f"{case.path.parent.name}-{case}" for case in CASES])
def test_case(case: Case) -> None:
    case.check()


@pytest.mark.parametrize("path", sorted({case.path for case in CASES}), ids=lambda path: path.stem)
def test_every_case_says_what_it_shows(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("% ")
    assert len(first.split()) >= 4


def test_no_case_is_lost() -> None:
    assert len(CASES) >= 220
