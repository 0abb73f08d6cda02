"""Why a workload is as it is: the proof of the last decision about it, or why no node will have it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mxc.server.domains.workloads.pages import reading
from mxc.server.hosting.design.markup import box, text
from mxc.server.hosting.design.proof_tree import proof_tree
from mxc.server.hosting.design.refusal_card import refusal_card
from mxc.server.hosting.design.times import iso, moment
from mxc.server.hosting.design.wording import Names
from mxc.server.hosting.page import Visit


@dataclass(frozen=True, slots=True)
class Reasons:
    """A decision {at, action, proof, …} and, for a pending workload, a refusal per node."""

    decision: Mapping[str, Any] | None
    refusals: Mapping[str, Mapping[str, Any]]
    waiting: str | None
    names: Names


async def reasons_of(visit: Visit, document: Mapping[str, Any], names: Names) -> Reasons:
    """Reads the ledger, and asks the engine about every node when the workload is pending."""
    decision = await reading.last_decision(visit, UUID(document["id"]))
    facts = reading.facts_of(visit)
    refusals: dict[str, Mapping[str, Any]] = {}
    if facts is not None and document["status"] == "pending":
        for node, hostname, _ in facts.query("node", ..., ..., ...):
            refused = facts.why_not("can_place", document["id"], node).tree
            if not refused["holds"]:
                refusals[str(hostname)] = refused
    return Reasons(decision, refusals, reading.waiting(visit, document), names)


def draw_reasons(reasons: Reasons) -> None:
    """The refusals first: they are what somebody waits for."""
    if reasons.waiting is not None:
        text(f"It waits for {reasons.waiting}.", "m-strong m-pad")
    if reasons.refusals:
        refusal_card(reasons.refusals, reasons.names)
    if reasons.decision is not None:
        _draw_decision(reasons.decision, reasons.names)
    elif reasons.waiting is None:
        text("Nothing was decided about it yet.", "m-quiet m-pad")


def _draw_decision(decision: Mapping[str, Any], names: Names) -> None:
    with box("m-pad"):
        with box("m-row m-quiet m-small"):
            text("Decided", tag="span")
            moment(iso(decision["at"]))
            text(f"to {decision['action']}, because:", tag="span")
        if "statement" in decision["proof"]:
            proof_tree(decision["proof"], names)
        else:
            text("The proof was not kept.", "m-quiet")
