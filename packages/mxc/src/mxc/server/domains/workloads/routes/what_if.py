"""What would come of draining or removing a node, or of more workloads: rehearsed, never done."""

from collections.abc import Iterator
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.rehearsal import Outcome, Rehearsal, told
from mxc.server.domains.workloads.workload import ENDED, Status, Workload
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.lookup import find
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Call, Caller
from mxc.server.kernel.errors import Conflict
from mxc.server.kernel.facts.supposition import Supposition
from mxc.server.kernel.perform import defaults_of
from mxc.server.kernel.resource import checked, spec_of

router = APIRouter(tags=["what-if"])
MOST_ROWS: Final = 5_000
MOST_ADDED: Final = 200
SPEC: Final = spec_of(Workload)
Named = Annotated[str, Field(min_length=1, max_length=64)]


class Added(BaseModel):
    """So many workloads of this kind."""

    model_config = ConfigDict(extra="forbid")
    count: Annotated[int, Field(ge=1, le=MOST_ADDED, strict=True)] = 1
    workload: dict[str, Any] = Field(default_factory=dict, description="as in POST /api/workloads")


class Supposed(BaseModel):
    """One of the three."""

    model_config = ConfigDict(extra="forbid")
    drain: Named | None = Field(None, description="a node's id")
    remove: Named | None = Field(None, description="a node's id")
    add: Added | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "Supposed":
        if sum(each is not None for each in (self.drain, self.remove, self.add)) != 1:
            raise ValueError("give one of drain, remove and add")
        return self


@router.post("/what-if", **answers(Supposed))
async def what_if(call: Caller, body: Body) -> Response:
    """Which workloads would move, start, wait or stop, and why. Nothing is done, and nothing is kept."""
    given = checked(Supposed, body)
    name = given.get("drain") or given.get("remove")
    node = await find(call, Node, name, Node.removed_at.is_(None)) if name else None
    rows = await players(call)
    added = {str(row.id): row for row in _added(call, given["add"])} if given.get("add") else {}
    hosts = await hostnames(call)
    with call.core.facts(call.actor).supposing() as world:
        play = Rehearsal(world, rows, call.core.clock.now())
        if node is not None:
            play.change(node, Node.drain if given.get("drain") else Node.delete)
        for row in added.values():
            play.add(row)
        is_settled = play.settle()
        outcomes = play.outcomes(added)
        notices = _notices(world)
    lines = [*told(outcomes, hosts.name), *notices]
    if not is_settled:
        lines.append("it goes on like this: the first 5000 actions were played")
    return reply({
        "text": "\n".join(lines) or "nothing would change",
        "is_settled": is_settled,
        "notices": notices,
        "outcomes": [outcome_document(each) for each in outcomes],
    })  # fmt: skip


class Hosts(dict[UUID, str]):
    """node id -> hostname"""

    def name(self, node_id: UUID | None) -> str:
        return self.get(node_id, str(node_id)[:8]) if node_id else "nowhere"


async def hostnames(call: Call) -> Hosts:
    """What every node is called."""
    nodes = await call.core.select(call.actor, Node, limit=MOST_ROWS)
    return Hosts({node.id: node.hostname for node in nodes})


async def players(call: Call) -> dict[str, Workload]:
    """Every workload that has not ended, by id. Raises Conflict for too many."""
    going_on = Workload.status.not_in(ENDED)
    rows = await call.core.select(call.actor, Workload, going_on, limit=MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        raise Conflict(f"more than {MOST_ROWS} workloads would take part", code="too-many")
    return {str(row.id): row for row in rows}


def _added(call: Call, wanted: Added) -> Iterator[Workload]:
    given = {"command": "what-if", **wanted.workload}
    values = checked(SPEC.create_model, given, SPEC.aliases)
    now = call.core.clock.now()
    chosen = {
        "tenant_id": call.actor.tenant_id,
        "status": Status.PENDING,
        "created_at": now,
        "updated_at": now,
    }
    for _ in range(wanted.count):
        yield Workload(**{**defaults_of(SPEC), **values, **chosen, "id": uuid4()})


def _notices(world: Supposition) -> list[str]:
    appeared, vanished = world.changes("notice_wanted")
    return [f"the notice {kind} would be raised" for (kind,) in appeared] + [
        f"the notice {kind} would be cleared" for (kind,) in vanished
    ]


def outcome_document(each: Outcome) -> dict[str, Any]:
    """An outcome as the API tells it."""
    row, was = each.workload, each.was
    return {
        "workload_id": str(row.id), "kind": each.kind, "status": row.status.value,
        "from_node_id": str(was.node_id) if was is not None and was.node_id else None,
        "to_node_id": str(row.node_id) if row.node_id else None,
        "reason": row.reason, "waiting_for": each.waiting_for, "because": each.because, "proof": each.proof,
    }  # fmt: skip
