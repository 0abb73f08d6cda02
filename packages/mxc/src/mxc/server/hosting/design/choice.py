"""One of a few: each choice says what it means, and the one that holds is pressed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nicegui import ui

from mxc.server.hosting.design.markup import box, text, with_attributes


@dataclass(frozen=True, slots=True)
class Choice:
    """`click` is what choosing it does; None where this person may not."""

    label: str
    hint: str
    click: Callable[[], Awaitable[None]] | None


def choices(title: str, several: Sequence[Choice], chosen: str) -> ui.element:
    """Draws them below one another; the one whose label is `chosen` is pressed and does nothing."""
    with with_attributes(box("m-choices"), role="group", aria_label=title) as shown:
        for each in several:
            _draw(each, is_chosen=each.label == chosen)
    return shown


def _draw(choice: Choice, *, is_chosen: bool) -> None:
    pressed = "true" if is_chosen else "false"
    with box("m-choice", tag="button") as made:
        with_attributes(made, type="button", aria_pressed=pressed)
        text(choice.label, "m-strong", tag="span")
        text(choice.hint, "m-hint", tag="span")
    if is_chosen:
        return
    if choice.click is None:
        with_attributes(made, disabled=True)
    else:
        made.on("click", choice.click, args=[])
