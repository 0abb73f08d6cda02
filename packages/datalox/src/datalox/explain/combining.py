"""Edits taken together: what several come to, and the cheapest ways to serve several needs at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from datalox.explain.edits import Edit, Edits, change_size, cost_of
from datalox.store.ordering import row_key

MOST = 16
"""Ways kept to serve one need."""
BEAM = 8
"""Combinations kept while several needs are put together."""
TOGETHER = 4
"""Edits of one step."""


def joined(edits: Edits, more: Edits) -> Edits | None:
    """Both, one after the other, as what they come to; None where they undo each other."""
    found = list(edits)
    for edit in more:
        place = next((i for i, known in enumerate(found) if _meets(known, edit)), None)
        if place is None:
            found.append(edit)
            continue
        merged = _merged(found[place], edit)
        if merged is None:
            return None
        found[place] = merged
    return tuple(sorted(found, key=lambda edit: (edit.predicate, row_key(edit.row), edit.op)))


def _meets(known: Edit, edit: Edit) -> bool:
    """Whether an edit is about what another one left or took."""
    if "wait" in (known.op, edit.op) or known.predicate != edit.predicate:
        return known.op == edit.op == "wait"
    left = known.row if known.op != "retract" else None
    taken = known.row if known.op == "retract" else known.was
    return (left is not None and left in (edit.was, edit.row)) or (edit.op != "retract" and taken == edit.row)


def _merged(known: Edit, edit: Edit) -> Edit | None:
    if known.op == edit.op == "wait":
        return edit if edit.at > known.at else None
    if known.op in ("add", "change") and edit.op == "change" and known.row == edit.was:
        if known.was == edit.row:
            return None
        size = change_size(known.was, edit.row) if known.op == "change" else known.size
        return replace(known, row=edit.row, size=size)
    if known.op == "change" and edit.op == "retract" and known.row == edit.row:
        return replace(edit, row=known.was)
    return None


def cheapest(found: Iterable[Edits], most: int = MOST) -> list[Edits]:
    """The cheapest, each once."""
    return sorted(dict.fromkeys(found), key=cost_of)[:most]


def together(ways: Sequence[Sequence[Edits]]) -> list[Edits]:
    """Something of each way, the cheapest combinations; an edit may serve several ways."""
    partial: list[Edits] = [()]
    for options in ways:
        found: list[Edits] = []
        for start in partial:
            for more in options:
                both = start if set(more) <= set(start) else joined(start, more)
                if both is not None and len(both) <= TOGETHER:
                    found.append(both)
        partial = cheapest(found, BEAM)
    return partial
