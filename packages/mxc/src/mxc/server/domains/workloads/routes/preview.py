"""A rule before it is enabled: what would follow from it, and which workloads would fare otherwise."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from datalox import DatalogError
from mxc.server.domains.rulebooks.conclusions import Conclusion
from mxc.server.domains.rulebooks.conclusions import told as concluded
from mxc.server.domains.workloads.consequences import consequences
from mxc.server.domains.workloads.rehearsal import Outcome, told
from mxc.server.domains.workloads.rehearsing import Hosts, hostnames, players
from mxc.server.domains.workloads.routes.what_if import outcome_document
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Caller
from mxc.server.kernel.facts.answer import diagnostic_documents
from mxc.server.kernel.facts.tenant import TenantFacts
from mxc.server.kernel.resource import checked

router = APIRouter(prefix="/rules", tags=["rules", "what-if"])
LONGEST: Final = 32 * 1024
REFUSED: Final = 5


class Previewed(BaseModel):
    """A rule as it would be enabled; one of its name gives way to it."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=120)] = "draft"
    rule_text: Annotated[str, Field(max_length=LONGEST)]


@router.post("/preview", **answers(Previewed))
async def preview(call: Caller, body: Body) -> Response:
    """What would follow if this rule were in force, and which workloads would move, start, wait or stop
    otherwise than without it. Nothing is done, and nothing is kept."""
    given = checked(Previewed, body)
    name, rule_text = given.get("name", "draft"), given["rule_text"]
    facts = call.core.facts(call.actor)
    found = facts.rehearse(name, rule_text)
    is_valid = all(each.get("severity", "error") != "error" for each in found)
    follows: list[Conclusion] = []
    outcomes: list[Outcome] = []
    hit: list[dict[str, Any]] = []
    lines: list[str] = []
    if is_valid:
        rows, hosts = await players(call), await hostnames(call)
        try:
            would = consequences(facts, rows, call.core.clock.now(), name, rule_text)
            follows, outcomes = would.conclusions, would.outcomes
            hit = _unwelcome(facts, name, rule_text, hosts)
            lines = [*told(outcomes, hosts.name), *(each["text"] for each in hit), *concluded(follows)]
            lines = lines or ["nothing would change"]
        except DatalogError as refused:  # the facts moved on since it was rehearsed
            is_valid, found = False, diagnostic_documents(refused)
    return reply({
        "is_valid": is_valid,
        "diagnostics": found,
        "text": "\n".join(lines),
        "conclusions": [each.document() for each in follows],
        "outcomes": [outcome_document(each) for each in outcomes],
        "unwelcome": hit,
    })  # fmt: skip


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
