"""What a rule would change: what follows from it, and what the loop would do with it and not without it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from mxc.server.domains.rulebooks.conclusions import Conclusion, conclusions
from mxc.server.domains.workloads.rehearsal import Outcome, Rehearsal
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.facts.supposition import Supposition
from mxc.server.kernel.facts.tenant import TenantFacts

REFUSED: Final = 5
Rows = Mapping[str, Workload]


@dataclass(frozen=True, slots=True)
class Consequences:
    """Of a rule that comes into force, or goes out of it."""

    conclusions: list[Conclusion]
    outcomes: list[Outcome]


def consequences(
    facts: TenantFacts, rows: Rows, now: datetime, name: str, rule_text: str | None
) -> Consequences:
    """Played over the facts as they are, and taken back; without a text the rule of that name is taken out.

    Raises DatalogError for a rule that is refused, or needed by another.
    """
    with facts.supposing() as world:
        without = Rehearsal(world, dict(rows), now)
        without.settle()
    with facts.supposing() as world:
        if rule_text is None:
            world.disable(name)
        else:
            world.enable(name, rule_text)
        follows = conclusions(world)
        play = Rehearsal(world, dict(rows), now)
        play.settle()
        otherwise = [each for each in rows if _lot(play.rows[each]) != _lot(without.rows[each])]
        outcomes = [play.outcome(each, rows[each]) for each in otherwise]
        return Consequences(follows, [*_with_refusals(world, outcomes)])


def _lot(row: Workload) -> tuple[Any, ...]:
    return row.status, row.node_id, row.reason


def _with_refusals(world: Supposition, outcomes: list[Outcome]) -> Iterator[Outcome]:
    """The first that would wait are told why they have no place."""
    left = REFUSED
    for each in outcomes:
        if each.kind != "waits" or not left:
            yield each
            continue
        left -= 1
        refusal = world.why_not("can_place", str(each.workload.id), ...)
        yield replace(each, because=refusal.text, proof=refusal.tree)
