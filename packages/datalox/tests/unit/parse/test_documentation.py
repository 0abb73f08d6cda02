"""The programs in the documentation are programs, and the README runs."""

import re
from pathlib import Path

import pytest

from datalox.check import analyse
from datalox.program import Program

ROOT = Path(__file__).parents[5]
README = ROOT / "packages" / "datalox" / "README.md"
LANGUAGE = ROOT / "docs" / "explanation" / "datalox-language.md"


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


def test_the_readme_runs_from_top_to_bottom(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for number, block in enumerate(blocks(README, "python"), 1):
        exec(compile(block, f"README block {number}", "exec"), names)
    told = capsys.readouterr().out
    assert "100 - 95 <= 30" in told
    assert "did you mean node/2" in told


@pytest.mark.parametrize("text", blocks(LANGUAGE, "datalox"))
def test_the_programs_of_the_language_page_pass_every_check(text: str) -> None:
    analyse([Program.parse(text, "page.dl")], open_world=True)


def test_the_language_page_shows_programs() -> None:
    assert len(blocks(LANGUAGE, "datalox")) >= 3
