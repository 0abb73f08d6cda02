"""Operators' rules: checked before they are accepted, and asked about without being added."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from mxc.server.domains.rulebooks.scheduling_rule import SchedulingRule
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.exposure import Document, Exposure
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Call, Caller
from mxc.server.kernel.errors import Invalid, Unavailable
from mxc.server.kernel.resource import checked

router = APIRouter(prefix="/rules", tags=["rules"])
LONGEST = 32 * 1024


class Draft(BaseModel):
    """Rules that are not added yet."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=120)] = "draft"
    rule_text: Annotated[str, Field(max_length=LONGEST)]


@router.post("/check", **answers(Draft))
async def check(call: Caller, body: Body) -> Response:
    """Parse, check and try rules against what is loaded: every diagnostic with line, column and hint."""
    given = checked(Draft, body)
    found = call.core.facts(call.actor).check(given.get("name", "draft"), given["rule_text"])
    return reply({"is_valid": not _errors(found), "diagnostics": found})


async def examine(call: Call, values: Mapping[str, Any], row: SchedulingRule | None) -> None:
    """Raises Invalid, with every diagnostic, unless the text is sound and ends over the facts as they are."""
    name = values.get("name") or (row.name if row else "")
    text = values.get("rule_text") or (row.rule_text if row else "")
    found = call.core.facts(call.actor).rehearse(str(name), str(text))
    if not (errors := _errors(found)):
        return
    raise Invalid(
        fields={"rule_text": [_sentence(each) for each in errors]},
        code="rule-refused",
        hint=str(errors[0].get("hint") or ""),
        place=f"{errors[0].get('line')}:{errors[0].get('column')}",
        details={"diagnostics": found},
    )


def _errors(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in found if each.get("severity", "error") == "error"]


def _sentence(each: Mapping[str, Any]) -> str:
    return f"{each.get('line')}:{each.get('column')}: {each['message']}"


async def enrich(call: Call, documents: Sequence[Document]) -> None:
    """Says of each rule why it is not in force, and what it met while it was."""
    with suppress(Unavailable):
        facts = call.core.facts(call.actor)
        for document in documents:
            fault = facts.rule_faults.get(document["name"])
            met = facts.rule_warnings(document["name"])
            document["fault"] = fault.message if fault else None
            document["warnings"] = [f"{_sentence(each)}; {each['hint']}" for each in met]


exposure = Exposure(
    SchedulingRule,
    "rules",
    examine=examine,
    enrich=enrich,
    also={
        "fault": {"type": ["string", "null"]},
        "warnings": {"type": "array", "items": {"type": "string"}},
    },
)
