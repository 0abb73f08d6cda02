"""What a rule in mode shadow would have done, newest first, each with its proof or refusal."""

from collections import Counter
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from mxc.server.domains.rulebooks.foresight import Recorded, recorded
from mxc.server.domains.rulebooks.scheduling_rule import Mode, SchedulingRule
from mxc.server.hosting.design.markup import box, link, text
from mxc.server.hosting.design.panel import panel
from mxc.server.hosting.design.proof_tree import proof_tree
from mxc.server.hosting.design.refusal_card import refusal_card
from mxc.server.hosting.design.region import Region
from mxc.server.hosting.design.times import moment
from mxc.server.hosting.page import Visit
from mxc.server.hosting.request import Call

MOST: Final = 50
WOULD: Final = {
    "waits": "would wait", "moves": "would move", "starts": "would start", "restarts": "would start anew",
    "stops": "would stop",
}  # fmt: skip
Shown = tuple[int, bool, Sequence[Recorded]]


class ShadowResults:
    """A panel that is there while the rule is watched, and afterwards for as long as it has something."""

    def __init__(self, visit: Visit, rule_id: UUID) -> None:
        self._visit = visit
        self._id = rule_id
        with box() as self._all, panel("What it would have done", flush=True):
            self._entries: Region[Shown] = Region(_draw)

    async def refresh(self, rule: SchedulingRule) -> None:
        """Reads the ledger again."""
        found = await recorded(Call(self._visit.core, self._visit.actor), self._id, MOST)
        is_watched = rule.mode is Mode.SHADOW and rule.is_enabled
        self._all.set_visibility(is_watched or bool(found))
        self._entries.show((rule.version, is_watched, found))


def _draw(shown: Shown) -> None:
    version, is_watched, found = shown
    text(_summary(version, is_watched, [each for each in found if each.version == version]), "m-pad")
    for each in found:
        _draw_one(each, is_old=each.version != version)


def _summary(version: int, is_watched: bool, found: Sequence[Recorded]) -> str:
    if not found:
        waits = "It is played as facts change, at most every ten seconds." if is_watched else ""
        return f"Version {version} would have changed nothing yet. {waits}".strip()
    counts = Counter(each.kind for each in found)
    parts = [f"{count} {WOULD.get(kind, kind)}" for kind, count in counts.most_common()]
    more = " at least" if len(found) == MOST else ""
    return f"Had version {version} been in force,{more} {', '.join(parts)}."


def _draw_one(each: Recorded, *, is_old: bool) -> None:
    with box("m-recorded"):
        with box("m-row m-spread"):
            with box("m-row"):
                if each.href:
                    link(each.subject, each.href)
                else:
                    text(each.subject, "m-strong", tag="span")
                text(WOULD.get(each.kind, each.kind), tag="span")
            moment(each.at, "m-quiet")
        text(f"{each.note} (version {each.version})" if is_old else each.note, "m-quiet")
        if each.tree is not None:
            with box(tag="details"):
                text("Why", "m-quiet m-small", tag="summary")
                _draw_why(each)


def _draw_why(each: Recorded) -> None:
    tree = each.tree or {}
    if "rules" in tree:
        refusal_card({"no place": tree}, each.names)
    else:
        proof_tree(tree, each.names)
