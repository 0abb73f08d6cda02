"""What would come of draining or removing a node, or of more workloads: rehearsed, never done."""

from collections.abc import Iterator
from typing import Annotated, Any, Final
from uuid import uuid4

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.rehearsal import Outcome
from mxc.server.domains.workloads.rehearsing import rehearsed
from mxc.server.domains.workloads.workload import Status, Workload
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.lookup import find
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Call, Caller
from mxc.server.kernel.perform import defaults_of
from mxc.server.kernel.resource import checked, spec_of

router = APIRouter(tags=["what-if"])
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
    added = {str(row.id): row for row in _added(call, given["add"])} if given.get("add") else {}
    played = await rehearsed(call, node, Node.drain if given.get("drain") else Node.delete, added)
    return reply({
        "text": "\n".join(played.lines) or "nothing would change",
        "is_settled": played.is_settled,
        "notices": played.notices,
        "outcomes": [outcome_document(each) for each in played.outcomes],
    })  # fmt: skip


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


def outcome_document(each: Outcome) -> dict[str, Any]:
    """An outcome as the API tells it."""
    row, was = each.workload, each.was
    return {
        "workload_id": str(row.id), "kind": each.kind, "status": row.status.value,
        "from_node_id": str(was.node_id) if was is not None and was.node_id else None,
        "to_node_id": str(row.node_id) if row.node_id else None,
        "reason": row.reason, "waiting_for": each.waiting_for, "because": each.because, "proof": each.proof,
    }  # fmt: skip
