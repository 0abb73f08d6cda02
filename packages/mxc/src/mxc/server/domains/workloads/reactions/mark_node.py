"""Heartbeats stopped or came back: mark the node."""

from mxc.server.domains.workloads.node import Node
from mxc.server.kernel.reactor import Situation, when


@when("node_expired")
async def mark_unavailable(situation: Situation, node_id: str) -> None:
    """Its lease ran out."""
    await situation.perform(Node.mark_unavailable, await situation.load(Node, node_id))


@when("node_returned")
async def mark_available(situation: Situation, node_id: str) -> None:
    """It is heard from again."""
    await situation.perform(Node.mark_available, await situation.load(Node, node_id))
