"""Find every rule of this folder: a module with a `check`."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from tools.house.source import Check, Finding, Source


def rules() -> dict[str, Check]:
    """Rule name → its check."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    modules = {name: import_module(f"tools.house.{name}") for name in names}
    return {name: module.check for name, module in modules.items() if hasattr(module, "check")}


def findings(sources: Sequence[Source]) -> list[Finding]:
    return [finding for check in rules().values() for finding in check(sources)]
