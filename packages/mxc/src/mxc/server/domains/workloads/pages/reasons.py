"""Why a workload is as it is: the proofs of the last decisions about it, or why no node will have it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.pages import reading
from mxc.server.domains.workloads.repairs import Offer, refusals
from mxc.server.domains.workloads.workload import Workload
from mxc.server.hosting.acting import doing
from mxc.server.hosting.design.confirm import asks_first
from mxc.server.hosting.design.markup import box, text, with_attributes
from mxc.server.hosting.design.offer_list import Doable, offer_list
from mxc.server.hosting.design.proof_tree import proof_tree
from mxc.server.hosting.design.refusal_card import refusal_card
from mxc.server.hosting.design.times import iso, moment
from mxc.server.hosting.design.wording import Names
from mxc.server.hosting.page import Visit
from mxc.server.kernel.facts.tenant import TenantFacts
from mxc.server.kernel.resource import Action


@dataclass(frozen=True, slots=True)
class Reasons:
    """Decisions {at, action, proof, …}, newest first; for a pending workload the refusals of the nodes that
    are nearest in each group, and what could be done."""

    decisions: Sequence[Mapping[str, Any]]
    refusals: Mapping[str, Mapping[str, Any]]
    offers: tuple[Offer, ...]
    waiting: str | None
    names: Names


DEEDS: Final[Mapping[tuple[str, str], tuple[Action[Any, ...], str, str]]] = {
    ("nodes", "uncordon"): (Node.uncordon, "Uncordon", "places work there again"),
    ("workloads", "stop"): (Workload.stop, "Stop", "asked to stop"),
}
"""(resource, action) -> the action, what its button says, what is said when it was done."""
STOPS: Final = ["It is asked to end, and killed if it does not.", "It is not started again by itself."]


async def reasons_of(visit: Visit, document: Mapping[str, Any], names: Names) -> Reasons:
    """Reads the ledger, and asks the engine about all nodes when the workload is pending."""
    decided = await reading.last_decisions(visit, UUID(document["id"]))
    facts = reading.facts_of(visit)
    shown: dict[str, Mapping[str, Any]] = {}
    offers: tuple[Offer, ...] = ()
    if facts is not None and document["status"] == "pending" and visit.actor.partition_id is None:
        found = refusals(facts, document["id"], ..., names)
        shown, offers = _nearest(facts, document["id"], found.tree, names), found.offers
    return Reasons(decided, shown, offers, reading.waiting(visit, document), names)


def _nearest(
    facts: TenantFacts, workload: str, tree: Mapping[str, Any], names: Names
) -> dict[str, Mapping[str, Any]]:
    """Name of a node -> its refusal, for the nearest nodes of each group; the last one also tells how many
    more there are."""
    shown: dict[str, Mapping[str, Any]] = {}
    for group in (tree["grouping"] or {"groups": ()})["groups"]:
        more = group["count"] - len(group["examples"])
        for number, (_, node) in enumerate(group["examples"], 1):
            rest = f" and {more} more" if more and number == len(group["examples"]) else ""
            label = f"{names.get(node, node[:8])}{rest}"
            shown[label] = facts.why_not("can_place", workload, node).tree
    return shown


def draw_reasons(visit: Visit, reasons: Reasons) -> None:
    """What could be done and the refusals first: they are what somebody waits for."""
    if reasons.waiting is not None:
        text(f"It waits for {reasons.waiting}.", "m-strong m-pad")
    if reasons.offers:
        offer_list([_doable(visit, offer, reasons.names) for offer in reasons.offers])
    if reasons.refusals:
        refusal_card(reasons.refusals, reasons.names)
    for index, each in enumerate(reasons.decisions):
        _draw_decision(each, reasons.names, is_open=index == 0 and not reasons.refusals)
    if not reasons.decisions and reasons.waiting is None:
        text("Nothing was decided about it yet.", "m-quiet m-pad")


def _doable(visit: Visit, offer: Offer, names: Names) -> Doable:
    """The offer, with a button where one action does all of it and this person may press it."""
    words = offer.words[:1].upper() + offer.words[1:]
    if offer.node in names and names[offer.node] not in words:
        words = f"{words}, for {names[offer.node]}"
    known = DEEDS.get((offer.deeds[0].resource, offer.deeds[0].action)) if len(offer.deeds) == 1 else None
    if known is None or not visit.may(known[0]):
        return Doable(words)
    action, label, said = known
    click = doing(visit, action, UUID(offer.deeds[0].id), said)
    if action is Workload.stop:
        click = asks_first(f"{words}?", lambda: STOPS, label, click)
    return Doable(words, label, click)


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
