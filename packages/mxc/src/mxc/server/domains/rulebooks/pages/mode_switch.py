"""The mode of a rule: what each one means, and a question before another holds."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

from mxc.server.domains.rulebooks.pages.arming import other_mode
from mxc.server.domains.rulebooks.scheduling_rule import Mode, SchedulingRule
from mxc.server.hosting.acting import doing
from mxc.server.hosting.design.choice import Choice, choices
from mxc.server.hosting.design.confirm import asks_first
from mxc.server.hosting.design.markup import text
from mxc.server.hosting.page import Visit

MEANINGS: Final[Mapping[Mode, str]] = {
    Mode.DRAFT: "Checked, nothing else.",
    Mode.SHADOW: "Played as facts change; what it would have done is written down, and nothing is done.",
    Mode.ENFORCE: "In force: what it says counts.",
}
VERBS: Final[Mapping[Mode, str]] = {
    Mode.DRAFT: "Make a draft",
    Mode.SHADOW: "Watch only",
    Mode.ENFORCE: "Enforce",
}


def mode_switch(visit: Visit, document: dict[str, Any]) -> None:
    """Draws the modes; the one it has is pressed."""
    choices("Mode", [_choice(visit, document, mode) for mode in Mode], document["mode"])
    if not document["is_enabled"]:
        text("It is disabled: none of this happens until it is enabled.", "m-quiet m-small m-label")


def _choice(visit: Visit, document: dict[str, Any], mode: Mode) -> Choice:
    if not visit.may(SchedulingRule.update):
        return Choice(mode.value, MEANINGS[mode], None)
    then = doing(visit, SchedulingRule.update, UUID(document["id"]), f"its mode is {mode.value}", mode=mode)
    asking = asks_first(
        f"Have {document['name']} in mode {mode.value}?",
        partial(other_mode, visit, document, mode),
        VERBS[mode],
        then,
    )
    return Choice(mode.value, MEANINGS[mode], asking)
