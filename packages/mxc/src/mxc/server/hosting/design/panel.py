"""Panels and what commonly stands in them: facts, figures, empty states, ids."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from nicegui import ui

from mxc.server.hosting.design.markup import box, icon, text, with_attributes
from mxc.server.hosting.design.times import short_id


@contextmanager
def panel(
    title: str, *, flush: bool = False, side: Callable[[], object] | None = None
) -> Iterator[ui.element]:
    """A titled region with one border; yields its body. `side` draws what stands right of the title."""
    with with_attributes(box("m-panel", tag="section"), aria_label=title):
        with box("m-panel-head"):
            text(title, tag="h2")
            if side is not None:
                side()
        with box("m-panel-body m-flush" if flush else "m-panel-body") as body:
            yield body


def fact_list(facts: Mapping[str, object | Callable[[], object]]) -> ui.element:
    """Names and values; a value that is callable draws itself."""
    with box("m-facts", tag="dl") as shown:
        for name, value in facts.items():
            text(name, tag="dt")
            with box(tag="dd"):
                if callable(value):
                    value()
                else:
                    text("–" if value in (None, "") else value, tag="span")
    return shown


def figure(label: str, value: str, of: str = "", *, href: str = "", share: float | None = None) -> ui.element:
    """One number that matters, as a link when it has a page; `share` (0…1) draws a gauge under it."""
    with box(tag="a" if href else "div") as shown:
        if href:
            with_attributes(shown, href=href)
        text(label, "m-quiet")
        with box("m-figure"):
            text(value, tag="span")
            if of:
                text(f" {of}", tag="small")
        if share is not None:
            gauge(label, share)
    return shown


def gauge(label: str, share: float) -> ui.element:
    """A bar that says how full something is; amber from 80 %, red from 95 %."""
    percent = percent_of(share)
    tone = "bad" if percent >= 95 else "waiting" if percent >= 80 else "ok"
    with box("m-gauge") as shown:
        with_attributes(
            shown, role="meter", aria_label=label, aria_valuenow=percent, aria_valuemin=0, aria_valuemax=100
        )
        box(tag="span").style(f"width:{percent}%;--tone:var(--{tone})")
    return shown


def percent_of(share: float) -> int:
    """A share (0…1) in whole percents; what is more than nothing is never 0."""
    return min(100, max(round(100 * share), 1 if share > 0 else 0))


def identifier(value: str) -> ui.element:
    """An id: short, copied whole on click."""
    shown = text(short_id(value), "m-id", tag="button")
    return with_attributes(shown, type="button", data_copy=value, title=value, aria_label=f"copy id {value}")


def command(words: str) -> ui.element:
    """A command line to copy."""
    shown = text(words, "m-command", tag="button")
    return with_attributes(shown, type="button", data_copy=words, title="copy")


def empty_state(sign: str, title: str, words: str, *, try_this: str = "") -> ui.element:
    """What this will hold, and the one command or button that makes the first; buttons may follow inside."""
    with box("m-empty") as shown:
        icon(sign)
        text(title, tag="h2")
        text(words, tag="p")
        if try_this:
            command(try_this)
    return shown
