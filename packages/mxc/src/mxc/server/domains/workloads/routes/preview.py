"""A rule before it is enabled: what would follow from it, and which workloads would fare otherwise."""

from typing import Annotated, Final

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from mxc.server.domains.workloads.previewing import previewed
from mxc.server.domains.workloads.routes.what_if import outcome_document
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Caller
from mxc.server.kernel.resource import checked

router = APIRouter(prefix="/rules", tags=["rules", "what-if"])
LONGEST: Final = 32 * 1024


class Draft(BaseModel):
    """A rule as it would be enabled; one of its name gives way to it."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=120)] = "draft"
    rule_text: Annotated[str, Field(max_length=LONGEST)]


@router.post("/preview", **answers(Draft))
async def preview(call: Caller, body: Body) -> Response:
    """What would follow if this rule were in force, and which workloads would move, start, wait or stop
    otherwise than without it. Nothing is done, and nothing is kept."""
    given = checked(Draft, body)
    would = await previewed(call, given.get("name", "draft"), given["rule_text"])
    lines = would.lines or (["nothing would change"] if would.is_valid else [])
    return reply({
        "is_valid": would.is_valid,
        "diagnostics": would.faults,
        "text": "\n".join(lines),
        "conclusions": [each.document() for each in would.conclusions],
        "outcomes": [outcome_document(each) for each in would.outcomes],
        "unwelcome": would.unwelcome,
    })  # fmt: skip
