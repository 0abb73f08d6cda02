"""The architecture itself: every file of the project passes the house lints and keeps to its floor."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tools.house.every import rules
from tools.house.source import ROOT, Source, project_files


@pytest.fixture(scope="module")
def sources() -> Sequence[Source]:
    return project_files()


@pytest.mark.parametrize("rule", sorted(rules()))
def test_the_project_keeps_the_rule(rule: str, sources: Sequence[Source]) -> None:
    found = [str(finding) for finding in rules()[rule](sources)]
    assert not found, "\n".join(["", *found])


def test_imports_go_down_the_floors() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
