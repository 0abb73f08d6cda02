"""What a question says before a rule comes into force, goes out of it, or is watched: its consequences."""

from collections.abc import Mapping
from typing import Any, Final

from datalox import DatalogError
from mxc.server.domains.rulebooks.foresight import Foretold, with_rule, without_rule
from mxc.server.domains.rulebooks.scheduling_rule import Mode
from mxc.server.hosting.page import Visit
from mxc.server.hosting.request import Call
from mxc.server.kernel.errors import MxcError

Document = Mapping[str, Any]
MOST_LINES: Final = 8
NOTHING: Final = "Nothing changes at once: no conclusion, and nobody's lot."
BEGINS: Final[Mapping[Mode, str]] = {
    Mode.DRAFT: "It is a draft: it is checked, and nothing is derived or played.",
    Mode.SHADOW: "It is played as the facts change, and what it would have done is written down. "
    "Nothing is done.",
    Mode.ENFORCE: "It is loaded beside the other rules, and what it says counts from now on.",
}


async def beginning(visit: Visit, document: Document, mode: Mode | None = None) -> list[str]:
    """What enabling a rule does in its mode, or in the one it is about to have."""
    mode = mode or Mode(document["mode"])
    if mode is not Mode.ENFORCE:
        return [BEGINS[mode]]
    told = await foretold(visit, document["name"], document["rule_text"])
    return [BEGINS[mode], *(told.sentences(MOST_LINES) or [NOTHING])]


async def ending(visit: Visit, document: Document) -> list[str]:
    """What disabling a rule does."""
    if not is_in_force(document):
        return ["It changes nothing now; it is neither checked against the facts nor played any more."]
    told = await _without(visit, document["name"])
    words = "What it derives vanishes at once; what was placed stays where it is."
    return [words, *(told.sentences(MOST_LINES) or [NOTHING])]


async def ends_for_good(visit: Visit, document: Document) -> list[str]:
    """What deleting a rule does."""
    before = await ending(visit, document) if is_in_force(document) else []
    return ["Its text is forgotten. This cannot be undone.", *before]


async def other_mode(visit: Visit, document: Document, mode: Mode) -> list[str]:
    """What it does that a rule has another mode."""
    if not document["is_enabled"]:
        return [f"It is disabled, so nothing happens now. Once it is enabled: {BEGINS[mode]}"]
    before = await ending(visit, document) if is_in_force(document) else []
    return [*before, *await beginning(visit, document, mode)]


def is_in_force(document: Document) -> bool:
    """Whether the engine has it."""
    return bool(document["is_enabled"]) and document["mode"] == Mode.ENFORCE.value


async def foretold(visit: Visit, name: str, rule_text: str) -> Foretold:
    """What would come of a rule; why that cannot be told is a fault."""
    try:
        return await with_rule(Call(visit.core, visit.actor), name, rule_text)
    except (DatalogError, MxcError) as error:
        return Foretold(faults=[f"what would come of it cannot be told: {error}"])


async def _without(visit: Visit, name: str) -> Foretold:
    try:
        return await without_rule(Call(visit.core, visit.actor), name)
    except (DatalogError, MxcError) as error:
        return Foretold(fates=[f"What would come of it cannot be told: {error}"])
