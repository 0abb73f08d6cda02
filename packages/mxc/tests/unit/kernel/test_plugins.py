"""A family is loaded because it is there."""

import sys
from pathlib import Path

import pytest

from mxc.plugins import load


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    root = tmp_path / "some_family"
    for folder in (root, root / "inner"):
        folder.mkdir()
        (folder / "__init__.py").touch()
    for name in ("beta.py", "alpha.py", "_private.py", "inner/gamma.py"):
        (root / name).touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    name_of_family = "some_family"
    for name in [name for name in sys.modules if name.startswith(name_of_family)]:
        monkeypatch.delitem(sys.modules, name)
    return name_of_family


def test_every_public_module_in_order(family: str) -> None:
    names = [module.__name__.removeprefix("some_family") for module in load(family)]
    assert names == ["", ".alpha", ".beta", ".inner", ".inner.gamma"]


def test_down_to_a_depth(family: str) -> None:
    names = [module.__name__.removeprefix("some_family") for module in load(family, depth=1)]
    assert names == ["", ".alpha", ".beta", ".inner"]


def test_a_broken_member_is_not_hidden(family: str, tmp_path: Path) -> None:
    (tmp_path / "some_family" / "alpha.py").write_text("raise ValueError('broken')")
    with pytest.raises(ValueError, match="broken"):
        load(family)
