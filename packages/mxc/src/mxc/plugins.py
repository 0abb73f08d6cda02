"""Load a family: every module of a package, then what others installed for it. Presence is registration."""

from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType


def load(package: str, *, depth: int | None = None) -> list[ModuleType]:
    """Imports the modules of `package` down to `depth` levels (all when None), then its entry points.

    The entry point group of a family is the package's own name; modules starting with `_` are private.
    """
    modules = _load_below(import_module(package), depth)
    modules += [point.load() for point in entry_points(group=package)]
    return modules


def family(parent: str, kind: str) -> list[ModuleType]:
    """Loads the package `kind` of every package below `parent` that has one: all `reactions`, all `pages`."""
    below = sorted(info.name for info in iter_modules(import_module(parent).__path__) if info.ispkg)
    wanted = [f"{parent}.{name}.{kind}" for name in below if find_spec(f"{parent}.{name}.{kind}")]
    return [module for name in wanted for module in load(name)]


def _load_below(package: ModuleType, depth: int | None) -> list[ModuleType]:
    found = [package]
    if depth == 0:
        return found
    for each in sorted(iter_modules(package.__path__), key=lambda info: info.name):
        if each.name.startswith("_"):
            continue
        module = import_module(f"{package.__name__}.{each.name}")
        below = None if depth is None else depth - 1
        found += _load_below(module, below) if each.ispkg else [module]
    return found
