"""`--watch`: print again whenever what is watched changed."""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Final

import typer

from mxc.cli.api import Answer, Api
from mxc.cli.failures import NOT_FOUND, Refusal
from mxc.cli.output import Format, Render, show, text_of, warn

Watch = Annotated[bool, typer.Option("--watch", "-w", help="print again at every change, until interrupted")]
LONGEST_SILENCE_S: Final = 5.0
CLEAR: Final = "\x1b[2J\x1b[H"


def present(
    api: Api, read: Callable[[], Answer], output: Format, render: Render, watch: bool = False
) -> None:
    """Print what `read` answers: once, or again after each committed change until it is gone."""
    if not watch:
        show(read(), output, render)
        return
    shown = ""
    try:
        while True:
            shown = _until_silence(api, read, output, render, shown)
    except Refusal as refusal:
        if not shown or refusal.exit_code != NOT_FOUND:
            raise
        warn("it is gone")


def _until_silence(api: Api, read: Callable[[], Answer], output: Format, render: Render, shown: str) -> str:
    """Follow the event stream, whose first event says that it listens, so no change falls between."""
    with suppress(TimeoutError):
        for _ in api.stream("/events", {}, idle_s=LONGEST_SILENCE_S):
            text = text_of(read(), output, render).rstrip("\n")
            if text != shown:
                _print(text)
                shown = text
    return shown


def _print(text: str) -> None:
    sys.stdout.write(f"{CLEAR if sys.stdout.isatty() else ''}{text}\n")
    sys.stdout.flush()
