"""The timeline: what happened, newest first, on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass

from nicegui import ui

from mxc.server.hosting.design.markup import box, text
from mxc.server.hosting.design.status import Tone
from mxc.server.hosting.design.times import moment


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is no longer what it was."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; `at` is ISO 8601."""

    at: str
    title: str
    note: str
    tone: Tone
    changes: tuple[Change, ...] = ()


def timeline(entries: Sequence[Entry]) -> ui.element:
    """Draws the entries in the order given."""
    with box("m-timeline", tag="ol") as shown:
        for each in entries:
            with box(tag="li"):
                box("m-timeline-mark", tag="span").props(f"data-tone={each.tone.value} aria-hidden=true")
                moment(each.at)
                with box("m-grow"):
                    text(each.title, "m-strong")
                    if each.note:
                        text(each.note, "m-timeline-note")
                    if each.changes:
                        _changes(each.changes)
    return shown


def _changes(changes: Sequence[Change]) -> None:
    with box("m-changes", tag="dl"):
        for each in changes:
            text(each.label, tag="dt")
            with box(tag="dd"):
                text(each.before, "m-before", tag="span")
                text("→", "m-quiet", tag="span")
                text(each.after, "m-after", tag="span")
