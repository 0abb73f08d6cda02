"""What a confirmation says of an action on a node: whose lot would change."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final
from uuid import UUID

from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.rehearsing import rehearsed
from mxc.server.hosting.page import Visit
from mxc.server.hosting.request import Call
from mxc.server.kernel.resource import Action

MOST_LINES: Final = 8


def consequences_of(
    visit: Visit, node_id: UUID, action: Action[Any, ...], also: Sequence[str]
) -> Callable[[], Awaitable[Sequence[str]]]:
    """What a confirmation says of an action on a node: `also`, and whose lot would change."""

    async def found() -> Sequence[str]:
        node = await visit.core.get(visit.actor, Node, node_id)
        played = await rehearsed(Call(visit.core, visit.actor), node, action, {})
        more = len(played.lines) - MOST_LINES
        return [*also, *played.lines[:MOST_LINES], *([f"and {more} more"] if more > 0 else [])]

    return found
