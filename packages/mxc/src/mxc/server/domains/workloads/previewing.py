"""A rule that comes into force, or goes out of it: what would follow, and who would fare otherwise."""

from dataclasses import dataclass, field
from typing import Any, Final

from datalox import DatalogError
from mxc.server.domains.rulebooks.conclusions import Conclusion
from mxc.server.domains.rulebooks.conclusions import told as concluded
from mxc.server.domains.workloads.consequences import consequences
from mxc.server.domains.workloads.rehearsal import Outcome, told
from mxc.server.domains.workloads.rehearsing import Hosts, hostnames, players
from mxc.server.hosting.request import Call
from mxc.server.kernel.facts.answer import diagnostic_documents
from mxc.server.kernel.facts.tenant import TenantFacts

REFUSED: Final = 5


@dataclass(frozen=True, slots=True)
class Previewed:
    """What would come of it; `faults` are the diagnostics of the text, and of one that is refused nothing
    else is told."""

    is_valid: bool
    faults: list[dict[str, Any]]
    conclusions: list[Conclusion] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    unwelcome: list[dict[str, Any]] = field(default_factory=list)
    fates: list[str] = field(default_factory=list)
    """Whose lot would change, and who would stay where it is not wanted: a sentence each."""

    @property
    def lines(self) -> list[str]:
        """All of it in words."""
        return [*self.fates, *concluded(self.conclusions)]


async def previewed(call: Call, name: str, rule_text: str) -> Previewed:
    """Plays the rule over the facts as they are, in the place of the one of its name. Nothing is kept."""
    facts = call.about_all()
    found = facts.rehearse(name, rule_text)
    if any(each.get("severity", "error") == "error" for each in found):
        return Previewed(False, found)
    rows, hosts = await players(call), await hostnames(call)
    try:
        would = consequences(facts, rows, call.core.clock.now(), name, rule_text)
        hit = _unwelcome(facts, name, rule_text, hosts)
    except DatalogError as refused:  # the facts moved on since it was rehearsed
        return Previewed(False, diagnostic_documents(refused))
    fates = [*told(would.outcomes, hosts.name), *(each["text"] for each in hit)]
    return Previewed(True, found, would.conclusions, would.outcomes, hit, fates)


async def taken_out(call: Call, name: str) -> Previewed:
    """The same for a rule that is taken out; nothing of one that is not in force."""
    facts = call.about_all()
    if name not in facts.rule_versions:
        return Previewed(True, [])
    rows, hosts = await players(call), await hostnames(call)
    try:
        would = consequences(facts, rows, call.core.clock.now(), name, None)
    except DatalogError as refused:
        return Previewed(False, diagnostic_documents(refused))
    fates = [*told(would.outcomes, hosts.name)]
    return Previewed(True, [], would.conclusions, would.outcomes, [], fates)


def _unwelcome(facts: TenantFacts, name: str, rule_text: str, hosts: Hosts) -> list[dict[str, Any]]:
    """Workloads that would stay where they run and could not be placed there again. Raises DatalogError."""
    placed = facts.query("workload_placement", ..., ...)
    welcome = [each for each in placed if not facts.query("constraint_violated", *each)]
    with facts.supposing() as world:
        world.enable(name, rule_text)
        hit = [each for each in welcome if world.query("constraint_violated", *each)]
        proofs = [world.explain("constraint_violated", *each) for each in hit[:REFUSED]]
    texts = [proof.text if proof else "" for proof in proofs] + [""] * (len(hit) - len(proofs))
    return [
        {
            "workload_id": workload,
            "node_id": node,
            "text": f"workload {workload[:8]} runs on {hosts.name(node)} and could not be placed there again",
            "because": because,
        }
        for (workload, node), because in zip(hit, texts, strict=True)
    ]
