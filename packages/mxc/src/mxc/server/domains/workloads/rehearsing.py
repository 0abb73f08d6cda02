"""Rehearsals over the facts as they are: who takes part, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.rehearsal import Outcome, Rehearsal, told
from mxc.server.domains.workloads.workload import ENDED, Workload
from mxc.server.hosting.request import Call
from mxc.server.kernel.errors import Conflict
from mxc.server.kernel.facts.supposition import Supposition
from mxc.server.kernel.resource import Action

MOST_ROWS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a rehearsal."""

    outcomes: list[Outcome]
    notices: list[str]
    is_settled: bool
    lines: list[str]


class Hosts(dict[UUID, str]):
    """Node → hostname."""

    def name(self, node_id: UUID | str | None) -> str:
        """What a node is called; the beginning of its id for one that is gone."""
        if node_id is None:
            return "nowhere"
        return self.get(UUID(str(node_id)), str(node_id)[:8])


async def hostnames(call: Call) -> Hosts:
    """Every node's."""
    nodes = await call.core.select(call.actor, Node, limit=MOST_ROWS)
    return Hosts({node.id: node.hostname for node in nodes})


async def players(call: Call) -> dict[str, Workload]:
    """Workloads that have not ended, by id. Raises Conflict for more than 5 000."""
    going_on = Workload.status.not_in(ENDED)
    rows = await call.core.select(call.actor, Workload, going_on, limit=MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        raise Conflict(f"more than {MOST_ROWS} workloads would take part", code="too-many")
    return {str(row.id): row for row in rows}


async def rehearsed(
    call: Call, node: Node | None, action: Action[Any, ...] | None, added: Mapping[str, Workload]
) -> Played:
    """Plays an action on a node, or workloads that come in, until nobody has anything to do."""
    rows, hosts = await players(call), await hostnames(call)
    with call.about_all().supposing() as world:
        play = Rehearsal(world, rows, call.core.clock.now())
        if node is not None and action is not None:
            play.change(node, action)
        for row in added.values():
            play.add(row)
        is_settled = play.settle()
        outcomes, notices = play.outcomes(added), _notices(world)
    lines = [*told(outcomes, hosts.name), *notices]
    if not is_settled:
        lines.append("it goes on like this: the first 5000 actions were played")
    return Played(outcomes, notices, is_settled, lines)


def _notices(world: Supposition) -> list[str]:
    appeared, vanished = world.changes("notice_wanted")
    return [f"the notice {kind} would be raised" for (kind,) in appeared] + [
        f"the notice {kind} would be cleared" for (kind,) in vanished
    ]
