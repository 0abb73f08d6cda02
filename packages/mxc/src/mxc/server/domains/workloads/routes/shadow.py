"""What a rule in mode shadow would have done, as it was written down."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from mxc.server.domains.rulebooks.scheduling_rule import SchedulingRule
from mxc.server.domains.workloads.shadow_ledger import written
from mxc.server.hosting.describe import answers
from mxc.server.hosting.lookup import find
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Caller

router = APIRouter(prefix="/rules", tags=["rules"])
MOST: Final = 500


@router.get("/{row_id}/shadow", **answers())
async def shadow(call: Caller, row_id: str, limit: Annotated[int, Query(ge=1, le=MOST)] = 100) -> Response:
    """What the rule would have done while in mode shadow, newest first, each with its proof or refusal."""
    rule = await find(call, SchedulingRule, row_id)
    effects = await written(call, rule.id, limit)
    lines = [
        f"{each['at']}  workload {each['workload_id'][:8]} {each['kind']}: {each['where']}"
        for each in effects
    ]
    empty = f"rule {rule.name} is in mode {rule.mode.value}; nothing was written down of it"
    return reply(
        {"rule": rule.name, "mode": rule.mode.value, "text": "\n".join(lines) or empty, "effects": effects}
    )
