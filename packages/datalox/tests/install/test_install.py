"""datalox installs by itself into an empty environment, and its README and its command work there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2]
pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment that holds datalox and what it needs, nothing else."""
    home = tmp_path_factory.mktemp("fresh")
    run(sys.executable, "-m", "venv", home / "venv", cwd=home)
    binaries = home / "venv" / "bin"
    run(binaries / "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE, cwd=home)
    return binaries


def test_it_brings_only_sorted_containers(environment: Path, tmp_path: Path) -> None:
    listed = run(environment / "pip", "list", "--format=freeze", "--disable-pip-version-check", cwd=tmp_path)
    names = {line.split("==")[0] for line in listed.split()} - {"pip", "setuptools"}
    assert names == {"datalox", "sortedcontainers"}


def test_the_readme_runs_there(environment: Path, tmp_path: Path) -> None:
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    tour = tmp_path / "tour.py"
    tour.write_text("\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL)), encoding="utf-8")
    run(environment / "python", "-W", "error", tour, cwd=tmp_path)


def test_its_command_is_there(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.dl").write_text("p(X) :- q(X). q(a).", encoding="utf-8")
    assert run(environment / "datalox", "run", "rules.dl", cwd=tmp_path) == "p(a).\n"
    assert "def " in run(environment / "python", "-m", "datalox", "compile", "rules.dl", cwd=tmp_path)


def test_type_checkers_see_its_types(environment: Path, tmp_path: Path) -> None:
    """The marker of PEP 561 is installed with it."""
    code = "import datalox, pathlib; print(pathlib.Path(datalox.__file__).with_name('py.typed').exists())"
    assert run(environment / "python", "-c", code, cwd=tmp_path) == "True\n"
