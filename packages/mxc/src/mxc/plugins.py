"""Load a family: every module of a package, then what others installed for it. Presence is registration."""

from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from types import ModuleType


def load(package: str, *, depth: int | None = None) -> list[ModuleType]:
    """Imports the modules of `package` down to `depth` levels (all when None), then its entry points.

    The entry point group of a family is the package's own name; modules starting with `_` are private.
    """
    modules = _load_below(import_module(package), depth)
    modules += [point.load() for point in entry_points(group=package)]
    return modules


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
