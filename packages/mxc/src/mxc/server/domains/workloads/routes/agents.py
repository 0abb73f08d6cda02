"""How a node's agent gets its user on the bus."""

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from msgspec import to_builtins
from pydantic import BaseModel, ConfigDict, Field

from mxc.protocol import Enrolled
from mxc.server.domains.tenants.tenant import Tenant
from mxc.server.domains.workloads.node import Node
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Caller
from mxc.server.kernel.errors import Conflict
from mxc.server.kernel.resource import checked

router = APIRouter(prefix="/agents", tags=["agents"])
NKEY_LENGTH: Final = 56


class Enrol(BaseModel):
    """A node's own id, kept on its disk, and the public half of the key it made."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["enrol"] = "enrol"
    node_id: UUID
    public_nkey: Annotated[str, Field(min_length=NKEY_LENGTH, max_length=NKEY_LENGTH)]


@router.post("/enrol", **answers(Enrol))
async def enrol(call: Caller, body: Body) -> Response:
    """A bus user for the node's key, the tenant it belongs to, and where the bus is."""
    call.may(Node.cordon)
    given = checked(Enrol, body)
    tenant = await call.core.get(call.actor, Tenant, call.actor.tenant_id)
    gone = await call.core.select(
        call.actor, Node, Node.id == given["node_id"], Node.removed_at.is_not(None), limit=1
    )
    if gone:
        raise Conflict(
            f"node {given['node_id']} was removed",
            code="node-removed",
            hint="delete the agent's data directory",
        )
    jwt = await call.core.bus.admit(tenant.slug, given["node_id"], given["public_nkey"])
    return reply(to_builtins(Enrolled(tenant=tenant.slug, jwt=jwt, servers=[call.core.bus.url])))
