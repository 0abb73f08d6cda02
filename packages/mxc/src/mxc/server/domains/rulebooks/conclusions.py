"""What would follow from a rule if it were in force: the conclusions that would appear and vanish."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mxc.server.kernel.facts.supposition import Supposition

MOST_ROWS: Final = 20
MOST_LINES: Final = 5
PROVED: Final = 3


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What would change of one predicate: how many rows, the first of them, and why the first appear."""

    predicate: str
    appeared: list[tuple[Any, ...]]
    vanished: list[tuple[Any, ...]]
    proofs: list[str]

    def document(self) -> dict[str, Any]:
        """{predicate, appearing, vanishing, appeared, vanished, proofs}: the counts, then the first rows."""
        return {
            "predicate": self.predicate,
            "appearing": len(self.appeared),
            "vanishing": len(self.vanished),
            "appeared": [list(row) for row in self.appeared[:MOST_ROWS]],
            "vanished": [list(row) for row in self.vanished[:MOST_ROWS]],
            "proofs": self.proofs,
        }

    def lines(self) -> Iterator[str]:
        """In words, the first rows each on a line."""
        counts = [f"{len(self.appeared)} would hold"] if self.appeared else []
        counts += [f"{len(self.vanished)} would no longer hold"] if self.vanished else []
        yield f"{self.predicate}: {', '.join(counts)}"
        for sign, rows in (("+", self.appeared), ("-", self.vanished)):
            for row in rows[:MOST_LINES]:
                yield f"  {sign} {self.predicate}({', '.join(map(str, row))})"
            if len(rows) > MOST_LINES:
                yield f"  {sign} and {len(rows) - MOST_LINES} more"


def conclusions(world: Supposition) -> list[Conclusion]:
    """Everything that is otherwise in this world."""
    return [_conclusion(world, predicate) for predicate in world.changed()]


def _conclusion(world: Supposition, predicate: str) -> Conclusion:
    appeared, vanished = world.changes(predicate)
    found = [world.explain(predicate, *row) for row in appeared[:PROVED]]
    return Conclusion(predicate, appeared, vanished, [proof.text for proof in found if proof is not None])


def told(found: Sequence[Conclusion]) -> list[str]:
    """All of them in words."""
    return [line for each in found for line in each.lines()]
