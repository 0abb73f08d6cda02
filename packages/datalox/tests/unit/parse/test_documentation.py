"""The programs in the documentation are programs, and the README runs."""

import json
import re
from pathlib import Path

import pytest
from tools.curves import drawing, table

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


def test_the_curves_and_their_table_are_those_of_the_figures() -> None:
    folder = ROOT / "docs" / "explanation"
    figures = json.loads((folder / "datalox-curves.json").read_text(encoding="utf-8"))
    assert (folder / "datalox-curves.svg").read_text(encoding="utf-8") == drawing(figures)
    assert table(figures) in (folder / "datalox-speed.md").read_text(encoding="utf-8")


PAGES = sorted((ROOT / "docs" / "explanation").glob("datalox-*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_pages_point_to_what_is_there(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_language_page_shows_programs() -> None:
    assert len(blocks(LANGUAGE, "datalox")) >= 3
