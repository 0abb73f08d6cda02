"""What only those can tell of a rule who own what it decides about. They say so here, and the pages ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Protocol
from uuid import UUID

from mxc.server.hosting.request import Call

RECORDED: Final = "shadow_effect"
"""What pages hear when something was written down of a rule in mode shadow."""
NAMELESS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Foretold:
    """What would come of a rule that comes into force or goes out of it, in sentences.

    `faults` are why it would be refused; then nothing else is told. `fates` say whose lot would change,
    `conclusions` which rows would appear and vanish.
    """

    faults: Sequence[str] = ()
    fates: Sequence[str] = ()
    conclusions: Sequence[str] = ()

    def sentences(self, most: int) -> list[str]:
        """All of it for a question, at most so many of each kind."""
        if self.faults:
            return [f"It cannot be loaded as it is: {fault}" for fault in self.faults[:most]]
        return [*_first(self.fates, most), *_first(self.conclusions, most)]

    def __add__(self, other: "Foretold") -> "Foretold":
        return Foretold(
            [*self.faults, *other.faults], [*self.fates, *other.fates],
            [*self.conclusions, *other.conclusions],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recorded:
    """Something that a rule in mode shadow would have done: when, to whom, what, and why.

    `tree` is a proof, or the refusal that would have stood in the way; None when neither was written down.
    """

    at: str
    version: int
    kind: str
    subject: str
    href: str
    note: str
    tree: Mapping[str, Any] | None
    names: Mapping[str, str] = field(default_factory=lambda: NAMELESS)
    """What the ids in it are called."""


class Foresight(Protocol):
    """Whoever owns what rules decide about."""

    async def with_rule(self, call: Call, name: str, rule_text: str) -> Foretold:
        """What would come of a rule, in the place of the one of its name."""

    async def without_rule(self, call: Call, name: str) -> Foretold:
        """What would come of taking a rule out."""

    async def recorded(self, call: Call, rule_id: UUID, limit: int) -> list[Recorded]:
        """What was written down of a rule in mode shadow, newest first."""


KNOWN: Final[list[Foresight]] = []


def knows(foresight: Foresight) -> None:
    """Has the pages ask it, too."""
    KNOWN.append(foresight)


def _first(lines: Sequence[str], most: int) -> list[str]:
    more = len(lines) - most
    return [*lines[:most], *([f"and {more} more"] if more > 0 else [])]


async def with_rule(call: Call, name: str, rule_text: str) -> Foretold:
    """What everybody who knows something tells of a rule that would be in force."""
    told = Foretold()
    for each in KNOWN:
        told += await each.with_rule(call, name, rule_text)
    return told


async def without_rule(call: Call, name: str) -> Foretold:
    """What everybody who knows something tells of a rule that would be so no more."""
    told = Foretold()
    for each in KNOWN:
        told += await each.without_rule(call, name)
    return told


async def recorded(call: Call, rule_id: UUID, limit: int) -> list[Recorded]:
    """What a rule would have done, newest first."""
    found = [entry for each in KNOWN for entry in await each.recorded(call, rule_id, limit)]
    return sorted(found, key=lambda entry: entry.at, reverse=True)[:limit]
