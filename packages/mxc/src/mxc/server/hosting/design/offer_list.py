"""What could be done about a refusal, nearest first: a sentence each, a button where one click does it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nicegui import ui

from mxc.server.hosting.design.markup import box, button, text


@dataclass(frozen=True, slots=True)
class Doable:
    """`words` say what; `label` and `click` are the button, None where there is none to press."""

    words: str
    label: str = ""
    click: Callable[[], Awaitable[None]] | None = None


def offer_list(offers: Sequence[Doable]) -> ui.element:
    """Draws them in order."""
    with box("m-offers") as shown:
        text("What would help, nearest first:", "m-quiet m-small")
        with box("m-stack", tag="ol"):
            for offer in offers:
                with box("m-row m-spread", tag="li"):
                    text(offer.words, tag="span")
                    if offer.click is not None:
                        button(offer.label, offer.click)
    return shown
