"""What a verifier finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import getsourcefile, getsourcelines
from typing import Any


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with one declaration, where, and what to do."""

    resource: type[Any]
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{place_of(self.resource)}: {self.resource.__name__}: {self.message} ({self.hint})"


class Misdeclared(TypeError):  # noqa: N818 (named like the other errors of ours)
    """Resources that cannot be served as declared; lists every mistake found."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, mistakes)))


def place_of(resource: type[Any]) -> str:
    """`file:line` of a class, as far as it is known."""
    try:
        return f"{getsourcefile(resource)}:{getsourcelines(resource)[1]}"
    except (OSError, TypeError):
        return resource.__module__
