"""Why a workload is as it is: the proofs of the last decisions about it, or why no node will have it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mxc.server.domains.workloads.pages import reading
from mxc.server.hosting.design.markup import box, text, with_attributes
from mxc.server.hosting.design.proof_tree import proof_tree
from mxc.server.hosting.design.refusal_card import refusal_card
from mxc.server.hosting.design.times import iso, moment
from mxc.server.hosting.design.wording import Names
from mxc.server.hosting.page import Visit


@dataclass(frozen=True, slots=True)
class Reasons:
    """Decisions {at, action, proof, …}, newest first, and for a pending workload a refusal per node."""

    decisions: Sequence[Mapping[str, Any]]
    refusals: Mapping[str, Mapping[str, Any]]
    waiting: str | None
    names: Names


async def reasons_of(visit: Visit, document: Mapping[str, Any], names: Names) -> Reasons:
    """Reads the ledger, and asks the engine about every node when the workload is pending."""
    decided = await reading.last_decisions(visit, UUID(document["id"]))
    facts = reading.facts_of(visit)
    refusals: dict[str, Mapping[str, Any]] = {}
    if facts is not None and document["status"] == "pending":
        for node, hostname, _ in facts.query("node", ..., ..., ...):
            refused = facts.why_not("can_place", document["id"], node).tree
            if not refused["holds"]:
                refusals[str(hostname)] = refused
    return Reasons(decided, refusals, reading.waiting(visit, document), names)


def draw_reasons(reasons: Reasons) -> None:
    """The refusals first: they are what somebody waits for."""
    if reasons.waiting is not None:
        text(f"It waits for {reasons.waiting}.", "m-strong m-pad")
    if reasons.refusals:
        refusal_card(reasons.refusals, reasons.names)
    for index, each in enumerate(reasons.decisions):
        _draw_decision(each, reasons.names, is_open=index == 0 and not reasons.refusals)
    if not reasons.decisions and reasons.waiting is None:
        text("Nothing was decided about it yet.", "m-quiet m-pad")


def _draw_decision(decision: Mapping[str, Any], names: Names, *, is_open: bool) -> None:
    with box("m-decision", tag="details") as shown:
        if is_open:
            with_attributes(shown, open=True)
        with box("m-row", tag="summary"):
            text(f"Decided to {decision['action']}", "m-strong", tag="span")
            moment(iso(decision["at"]), "m-quiet")
        if "statement" in decision["proof"]:
            proof_tree(decision["proof"], names)
        else:
            text("The proof was not kept.", "m-quiet")
