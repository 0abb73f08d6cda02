"""Toasts: a short word about what just happened, also to screen readers."""

from nicegui import ui

from mxc.server.hosting.design.status import Tone
from mxc.server.kernel.errors import MxcError

_STYLES = {tone: f"m-toast m-tone-{tone.value}" for tone in Tone}


def toast(words: str, tone: Tone = Tone.OK) -> None:
    """Shows it for a few seconds; what went wrong stays longer, and can be closed."""
    failed = tone is Tone.BAD
    ui.notify(
        words,
        position="bottom-right",
        classes=_STYLES[tone],
        timeout=10_000 if failed else 4_000,
        close_button="Close" if failed else False,
    )


def toast_error(error: MxcError) -> None:
    """The error in its own words, with its hint on a second line."""
    toast(f"{error.message}\n{error.hint}" if error.hint else error.message, Tone.BAD)
