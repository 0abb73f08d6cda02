"""The rules a tenant's session starts with: ours from the domains' `rules/*.dl`, and what they may read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from datalox import Program
from mxc.server.kernel.access.law import DECLARATIONS
from mxc.server.kernel.resource import Spec, declarations

STATIC: Final = (
    DECLARATIONS
    + """
.decl setting(name: text, value: scalar) key(name)
.decl core_started(at: number)
"""
)
OPERATOR_PREFIX: Final = "rule:"


@dataclass(frozen=True, slots=True)
class OperatorRule:
    """Rules an operator added: one module, loaded beside ours."""

    name: str
    version: int
    text: str = field(repr=False)

    @property
    def module(self) -> str:
        return OPERATOR_PREFIX + self.name


@dataclass(frozen=True, slots=True)
class RuleFault:
    """Why an operator's module is not loaded: one JSON document per diagnostic."""

    name: str
    version: int
    diagnostics: tuple[dict[str, Any], ...]

    @property
    def message(self) -> str:
        """The first diagnostic in one line, with its place."""
        first = self.diagnostics[0] if self.diagnostics else {"message": "it was refused"}
        place = f"{first['line']}:{first['column']}: " if first.get("line") else ""
        return f"{place}{first['message']}"


def base_programs(specs: Iterable[Spec], package: str = "mxc.server.domains") -> tuple[Program, ...]:
    """The declared facts of these resources and every `rules/*.dl` below the package, parsed."""
    declared = Program.parse(declarations(specs) + STATIC, "facts")
    return (declared, *(_parse(name, file) for name, file in rule_files(package)))


def rule_files(package: str = "mxc.server.domains") -> list[tuple[str, Traversable]]:
    """(`domain/file.dl`, file) of every rule file below the package, sorted."""
    found = []
    for domain in files(package).iterdir():
        rules = domain.joinpath("rules")
        if rules.is_dir():
            found += [(f"{domain.name}/{each.name}", each) for each in rules.iterdir() if _is_rules(each)]
    return sorted(found, key=lambda pair: pair[0])


def _is_rules(file: Traversable) -> bool:
    return file.name.endswith(".dl")


def _parse(name: str, file: Traversable) -> Program:
    return Program.parse(file.read_text(encoding="utf-8"), name)
