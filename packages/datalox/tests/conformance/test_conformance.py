"""One readable file per case: program, changes, what must follow."""

from pathlib import Path

import pytest

from datalox.testing import Case, collect

CASES = collect(Path(__file__).parent / "cases")


@pytest.mark.parametrize("case", CASES, ids=[f"{case.path.parent.name}-{case}" for case in CASES])
def test_case(case: Case) -> None:
    case.check()


def test_no_case_is_lost() -> None:
    assert len(CASES) >= 60
