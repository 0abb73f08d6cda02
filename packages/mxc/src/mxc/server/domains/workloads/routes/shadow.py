"""What a rule in mode shadow would have done, as it was written down."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from sqlalchemy import select

from mxc.server.domains.rulebooks.scheduling_rule import SchedulingRule
from mxc.server.domains.workloads.shadow import target_of
from mxc.server.hosting.describe import answers
from mxc.server.hosting.lookup import find
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Caller
from mxc.server.kernel.records import decisions
from mxc.server.kernel.resource.document import plain

router = APIRouter(prefix="/rules", tags=["rules"])
MOST: Final = 500


@router.get("/{row_id}/shadow", **answers())
async def shadow(call: Caller, row_id: str, limit: Annotated[int, Query(ge=1, le=MOST)] = 100) -> Response:
    """What the rule would have done while in mode shadow, newest first, each with its proof or refusal."""
    rule = await find(call, SchedulingRule, row_id)
    columns = decisions.c
    query = (
        select(columns.id, columns.at, columns.args, columns.proof, columns.rules)
        .where(columns.tenant_id == call.actor.tenant_id, columns.target == target_of(rule.id))
        .order_by(columns.at.desc(), columns.id)
        .limit(limit)
    )
    async with call.core.reading(call.actor) as session:
        found = (await session.execute(query)).mappings().all()
    effects = [
        {
            "id": str(each["id"]), "at": plain(each["at"]), "version": int(each["args"][1]),
            "workload_id": each["args"][2], "kind": each["args"][3], "where": each["args"][4],
            "proof": each["proof"], "rules": each["rules"],
        }
        for each in found
    ]  # fmt: skip
    lines = [
        f"{each['at']}  workload {each['workload_id'][:8]} {each['kind']}: {each['where']}"
        for each in effects
    ]
    empty = f"rule {rule.name} is in mode {rule.mode.value}; nothing was written down of it"
    return reply(
        {"rule": rule.name, "mode": rule.mode.value, "text": "\n".join(lines) or empty, "effects": effects}
    )
