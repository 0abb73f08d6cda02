"""The rule editor: text, checked as one types, with every fault marked at its place and explained below."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from nicegui import ui

from mxc.server.hosting.design.markup import box, text, with_attributes
from mxc.server.hosting.design.status import Status, Tone, badge

Diagnostic: TypeAlias = dict[str, Any]
PAUSE_S = 0.25


class RuleEditor:
    """`check(text)` gives diagnostics {message, hint, line, column, severity}.

    `on_verdict` hears after each check whether the text is refused.
    """

    def __init__(
        self,
        value: str,
        check: Callable[[str], Sequence[Diagnostic]],
        *,
        on_verdict: Callable[[bool], None],
        label: str = "Rule text",
    ) -> None:
        self._check = check
        self._on_verdict = on_verdict
        self.is_refused = False
        self.is_refused = False
        with with_attributes(box("m-editor"), role="group", aria_label=label):
            self.editor = ui.codemirror(
                value, theme="basicLight", indent="    ", line_wrapping=True, on_change=self._typed
            )
            self._verdict = with_attributes(box("m-verdict"), role="status", aria_live="polite")
        self._pending: asyncio.TimerHandle | None = None
        self._judge()

    @property
    def value(self) -> str:
        """The text as it stands."""
        return self.editor.value or ""

    def _typed(self) -> None:
        """Checks once the person pauses."""
        if self._pending is not None:
            self._pending.cancel()
        self._pending = asyncio.get_running_loop().call_later(PAUSE_S, self._judge)

    def _judge(self) -> None:
        if self._verdict.is_deleted:
            return
        found = self._check(self.value) if self.value.strip() else []
        self._mark(found)
        self._verdict.clear()
        with self._verdict:
            _draw(found, is_empty=not self.value.strip())
            self.is_refused = not self.value.strip() or any(each["severity"] == "error" for each in found)
        self._on_verdict(self.is_refused)

    def _mark(self, found: Sequence[Diagnostic]) -> None:
        marks = []
        for each in found:
            extent = extent_of(self.value, each.get("line"), each.get("column"))
            if extent is not None:
                marks.append({"kind": "mark", "from": extent[0], "to": extent[1], "class": "cm-fault"})
        self.editor.decorations = marks


def extent_of(source: str, line: int | None, column: int | None) -> tuple[int, int] | None:
    """The word at a 1-based place as offsets into the text; the rest of the line where there is no word."""
    lines = source.split("\n")
    if line is None or column is None or not 1 <= line <= len(lines):
        return None
    start = min(column - 1, len(lines[line - 1]))
    word = 0
    for character in lines[line - 1][start:]:
        if not (character.isalnum() or character == "_"):
            break
        word += 1
    offset = sum(len(each) + 1 for each in lines[: line - 1]) + start
    end = offset + max(word, 1)
    return (offset, end) if end <= len(source) else None


def _draw(found: Sequence[Diagnostic], *, is_empty: bool) -> None:
    if is_empty:
        badge(Status("empty", Tone.OFF, "write head :- body. The check runs as you type"))
        return
    if not found:
        badge(Status("accepted", Tone.OK, "it loads beside the rules that run now"))
        return
    for each in found:
        with box("m-diagnostic"):
            place = f"{each['line']}:{each['column']}" if each.get("line") else "whole"
            text(place, "m-place")
            text(each["message"], "m-strong")
            if each.get("hint"):
                text(each["hint"], "m-hint")
