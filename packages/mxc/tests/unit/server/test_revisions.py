"""The schema's history is one line: two changes made side by side are put one after the other."""

from pathlib import Path
from types import ModuleType

from mxc.plugins import load
from mxc.server.migrations import revisions

FOLDER = Path(revisions.__file__).parent


def test_every_revision_follows_the_one_before() -> None:
    modules = _revisions()
    numbers = [module.revision for module in modules]
    assert numbers == [f"{number:04}" for number in range(1, len(modules) + 1)]
    assert [module.down_revision for module in modules] == [None, *numbers[:-1]]
    assert all(Path(str(module.__file__)).stem.startswith(f"r{module.revision}_") for module in modules)


def _revisions() -> list[ModuleType]:
    modules = [each for each in load(revisions.__name__) if hasattr(each, "revision")]
    return sorted(modules, key=lambda module: module.__name__)
