"""The status language: the same word, colour, icon and shape for a state, wherever it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from nicegui import ui

from mxc.server.hosting.design.markup import box, text


class Tone(StrEnum):
    """What a state means to the one who looks; each has its own colour and its own shape."""

    OK = "ok"
    BUSY = "busy"
    WAITING = "waiting"
    BAD = "bad"
    OFF = "off"
    UNKNOWN = "unknown"


_TONES: Final[Mapping[str, Tone]] = MappingProxyType(
    {
        "available": Tone.OK, "healthy": Tone.OK, "running": Tone.OK, "succeeded": Tone.OK,
        "active": Tone.OK, "sent": Tone.OK, "connected": Tone.OK, "used": Tone.OFF, "fresh": Tone.WAITING,
        "waiting": Tone.WAITING, "suspended": Tone.WAITING, "given-up": Tone.BAD, "deleted": Tone.OFF,
        "revoked": Tone.OFF, "expired": Tone.OFF,
        "enabled": Tone.OK, "schedulable": Tone.OK, "cleared": Tone.OK, "enforce": Tone.OK,
        "starting": Tone.BUSY, "stopping": Tone.BUSY, "draining": Tone.BUSY, "degraded": Tone.BUSY,
        "deleting": Tone.BUSY,
        "pending": Tone.WAITING, "suspect": Tone.WAITING, "shadow": Tone.WAITING, "open": Tone.WAITING,
        "failed": Tone.BAD, "unavailable": Tone.BAD, "down": Tone.BAD, "refused": Tone.BAD,
        "stopped": Tone.OFF, "cordoned": Tone.OFF, "disabled": Tone.OFF, "draft": Tone.OFF,
        "removed": Tone.OFF,
    }
)  # fmt: skip

# A shape of its own per tone, 16 × 16, with its sign cut out: disc and tick, turning arrow, triangle, octagon
# and cross, square and bar, broken ring and dot. They are masks, so the tone's colour fills them.
_SHAPES: Final[Mapping[Tone, str]] = MappingProxyType(
    {
        Tone.OK: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm3.9 5.2-4.6 5-3.2-3 1.1-1.2 2 1.9 3.5-3.8z",
        Tone.BUSY: "M8 1a7 7 0 1 0 7 7h-2a5 5 0 1 1-5-5v2.6L12.2 3 8 0z",
        Tone.WAITING: "M8 1 .6 14.4h14.8zm-.8 4.8h1.6v4.4H7.2zm0 5.4h1.6v1.6H7.2z",
        Tone.BAD: "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z"
        "m.4 3.3L4.3 5.5 6.8 8l-2.5 2.5 1.2 1.2L8 9.2l2.5 2.5 1.2-1.2L9.2 8l2.5-2.5-1.2-1.2L8 6.8z",
        Tone.OFF: "M3 2h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1z"
        "m1.5 5.1v1.8h7V7.1z",
        Tone.UNKNOWN: "M8 1v2a5 5 0 0 0-3.5 1.5L3 3a7 7 0 0 1 5-2z"
        "m5 2-1.5 1.5A5 5 0 0 1 13 8h2a7 7 0 0 0-2-5z"
        "M1 8h2a5 5 0 0 0 1.5 3.5L3 13a7 7 0 0 1-2-5z"
        "m10.5 3.5L13 13a7 7 0 0 1-5 2v-2a5 5 0 0 0 3.5-1.5zM7 7h2v2H7z",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Status:
    """A state as it is shown: its word, what it means, and what it waits for or died of."""

    word: str
    tone: Tone
    note: str = ""

    def cell(self) -> dict[str, Any]:
        """As a value of a data table's status column."""
        return {"word": self.word, "tone": self.tone.value, "note": self.note}


def status_of(word: str, note: str = "") -> Status:
    """The status a state's word stands for; a word nobody taught us is unknown."""
    return Status(word, _TONES.get(word, Tone.UNKNOWN), note)


def badge(status: Status) -> ui.element:
    """The status as icon, word and note."""
    with box("m-status", tag="span").props(f"data-tone={status.tone.value}") as shown:
        box("m-status-mark", tag="span").props("aria-hidden=true")
        text(status.word, "m-status-word", tag="span")
        if status.note:
            text(status.note, "m-status-note", tag="span")
    return shown


def status_css() -> str:
    """One rule per tone: its colour and its shape."""
    return "\n".join(
        f'[data-tone="{tone.value}"],.m-tone-{tone.value}{{--tone:var(--{_colour(tone)});--mark:url("{_image(path)}")}}'
        for tone, path in _SHAPES.items()
    )


def _colour(tone: Tone) -> str:
    return Tone.OFF if tone is Tone.UNKNOWN else tone


def _image(path: str) -> str:
    svg = "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill-rule='evenodd' d='"
    return f"data:image/svg+xml,{svg}{path}'/%3E%3C/svg%3E"
