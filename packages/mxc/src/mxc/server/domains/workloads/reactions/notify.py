"""Something about the whole fleet is worth a human's attention, or no longer is."""

from datetime import timedelta
from typing import Final

from mxc.server.domains.workloads.notice import Notice
from mxc.server.kernel.reactor import Situation, when

MESSAGES: Final = {
    "cluster-degraded": "Fewer than half of the nodes are healthy.",
    "evictions-held": (
        "More than half of the nodes fell silent at once, which looks more like us than like them: "
        "their workloads are not declared lost until they return, are deleted, or stay away."
    ),
}


@when("notice_missing", settle=timedelta(seconds=2))
async def raise_notice(situation: Situation, kind: str) -> None:
    """One open notice per kind."""
    await situation.create(Notice, kind=kind, message=MESSAGES.get(kind, kind), raised_at=situation.now)


@when("notice_over", settle=timedelta(seconds=2))
async def clear_notice(situation: Situation, notice_id: str) -> None:
    """What it told of is over."""
    await situation.perform(Notice.clear, await situation.load(Notice, notice_id))
