"""What a verifier finds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from inspect import getsourcefile, getsourcelines
from typing import Any


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with one declaration, where, and what to do; `name` is what of the class says it."""

    resource: type[Any]
    message: str
    hint: str
    name: str = ""

    def __str__(self) -> str:
        place = place_of(self.resource, self.name)
        return f"{place}: {self.resource.__name__}: {self.message} ({self.hint})"


class Misdeclared(TypeError):  # noqa: N818 (named like the other errors of ours)
    """Resources that cannot be served as declared; lists every mistake found."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, mistakes)))


def place_of(resource: type[Any], name: str = "") -> str:
    """`file:line` of a class, or of what it says of `name`, as far as it is known."""
    try:
        lines, first = getsourcelines(resource)
        return f"{getsourcefile(resource)}:{first + _line_of(lines, name)}"
    except (OSError, TypeError):
        return resource.__module__


def _line_of(lines: Sequence[str], name: str) -> int:
    """Where it is declared or defined; the class itself when that is inherited."""
    said = re.compile(rf"\s+(?:def )?{re.escape(name)}\s*[:=(]")
    return next((at for at, line in enumerate(lines) if name and said.match(line)), 0)
