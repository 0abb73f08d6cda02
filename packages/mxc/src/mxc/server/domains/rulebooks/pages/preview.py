"""The blast radius of a rule that is being written: whose lot it would change, and what would follow."""

from collections.abc import Sequence
from typing import Final

from mxc.server.domains.rulebooks.foresight import Foretold
from mxc.server.hosting.design.markup import box, text
from mxc.server.hosting.design.panel import panel
from mxc.server.hosting.design.region import Region

MOST: Final = 40


class Preview:
    """A panel below the editor that is there once somebody asked."""

    def __init__(self) -> None:
        self._words: str | None = None
        with box() as self._all, panel("Preview", flush=True):
            self._stale = text("The text is another now: this was told of the one before.", "m-quiet m-pad")
            self._told = Region(_draw)
        self._all.set_visibility(False)
        self._stale.set_visibility(False)

    def show(self, words: str, told: Foretold) -> None:
        """Draws what was told of a text."""
        self._words = words
        self._told.show(told)
        self._all.set_visibility(True)
        self._stale.set_visibility(False)

    def compare(self, words: str) -> None:
        """Says whether what is shown is of this text."""
        self._stale.set_visibility(self._words is not None and self._words != words)


def _draw(told: Foretold) -> None:
    if told.faults:
        _list("It would be refused", told.faults, "")
    elif not told.fates and not told.conclusions:
        text("Nothing would change: no conclusion, and nobody's lot.", "m-pad")
    else:
        _list("Whose lot would change", told.fates or ["Nobody's."], "")
        _list("What would follow", told.conclusions or ["No stored conclusion."], "m-code")


def _list(title: str, lines: Sequence[str], classes: str) -> None:
    with box("m-foretold"):
        text(title, "m-strong", tag="h3")
        with box(tag="ul"):
            for line in lines[:MOST]:
                text(line, classes, tag="li")
            if len(lines) > MOST:
                text(f"and {len(lines) - MOST} more", "m-quiet", tag="li")
