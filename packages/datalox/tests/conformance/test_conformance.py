"""One readable file per case: program, changes, what must follow."""

import re
from pathlib import Path

import pytest

from datalox.testing import Case, collect

HERE = Path(__file__).parent
CASES = collect(HERE / "cases")


@pytest.mark.parametrize("case", CASES, ids=[f"{case.path.parent.name}-{case}" for case in CASES])
def test_case(case: Case) -> None:
    case.check()


def test_every_case_says_what_it_shows() -> None:
    paths = sorted({case.path for case in CASES})
    firsts = {path: path.read_text(encoding="utf-8").splitlines()[0] for path in paths}
    assert [path.name for path, line in firsts.items() if not line.startswith("% ")] == []
    assert [path.name for path, line in firsts.items() if len(line.split()) < 4] == []


def test_every_promise_names_cases_that_are_there() -> None:
    rows = (HERE / "README.md").read_text(encoding="utf-8").split("|---|---|")[1].strip().splitlines()
    lost = {
        name
        for row in rows
        for name in re.findall(r"`([a-z_0-9]+/[a-z_0-9]+)`", row)
        if not (HERE / "cases" / f"{name}.dlt").exists()
    }
    assert lost == set()
    assert len(rows) >= 40
    assert all("`" in row.split("|")[-2] for row in rows)


def test_no_case_is_lost() -> None:
    assert len(CASES) >= 220
