"""The modules of a session: their names, in order, and how many texts each name has had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from datalox.program import Program
from datalox.session.door import error


@dataclass(frozen=True, slots=True)
class Module:
    """A loaded text. `version` counts the texts that its name has had in this session, from 1."""

    program: Program
    version: int = 1

    @property
    def name(self) -> str:
        return self.program.name


@dataclass(frozen=True, slots=True)
class Modules:
    """What is loaded, in order, and the latest version of every name that ever was."""

    loaded: tuple[Module, ...] = ()
    versions: Mapping[str, int] = field(default_factory=dict)

    @property
    def programs(self) -> list[Program]:
        return [module.program for module in self.loaded]

    def plus(self, programs: Iterable[Program]) -> Modules:
        """Raises duplicate-module. (Two of one name among `programs` are found by the checks.)"""
        added = tuple(programs)
        for program in added:
            if self._find(program.name) is not None:
                hint = "use replace to load another version"
                raise error("duplicate-module", f"module {program.name} is loaded", hint)
        return self._with((*self.loaded, *map(self._next, added)))

    def changed(self, name: str, program: Program) -> Modules:
        """`program` in the place of the module `name`. Raises unknown-module."""
        self._require(name)
        return self._with(
            tuple(self._next(program) if module.name == name else module for module in self.loaded)
        )

    def minus(self, name: str) -> Modules:
        """Raises unknown-module."""
        self._require(name)
        return self._with(tuple(module for module in self.loaded if module.name != name))

    def _next(self, program: Program) -> Module:
        return Module(program, self.versions.get(program.name, 0) + 1)

    def _with(self, loaded: tuple[Module, ...]) -> Modules:
        return Modules(loaded, {**self.versions, **{module.name: module.version for module in loaded}})

    def _find(self, name: str) -> Module | None:
        return next((module for module in self.loaded if module.name == name), None)

    def _require(self, name: str) -> None:
        if self._find(name) is None:
            loaded = ", ".join(module.name for module in self.loaded) or "none"
            raise error("unknown-module", f"no module {name} is loaded", f"loaded: {loaded}")
