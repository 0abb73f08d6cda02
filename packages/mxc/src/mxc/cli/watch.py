"""`--watch`: print again whenever what is watched changed."""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Final

import typer

from mxc.cli.api import Answer, Api
from mxc.cli.failures import NOT_FOUND, Refusal
from mxc.cli.output import Format, Render, show, tell, text_of, warn

Watch = Annotated[bool, typer.Option("--watch", "-w", help="print again at every change, until interrupted")]
LONGEST_SILENCE_S: Final = 5.0
CLEAR: Final = "\x1b[2J\x1b[H"


def present(
    api: Api,
    read: Callable[[], Answer],
    output: Format,
    render: Render,
    watch: bool = False,
    called: str = "",
) -> None:
    """Print what `read` answers: once, or again after each committed change until it is gone."""
    if not watch:
        show(read(), output, render, called)
        return
    shown: str | None = None
    try:
        while True:
            shown = _until_silence(api, lambda: text_of(read(), output, render, called), shown)
    except Refusal as refusal:
        if shown is None or refusal.exit_code != NOT_FOUND:
            raise
        warn("it is gone")


def _until_silence(api: Api, read: Callable[[], str], shown: str | None) -> str | None:
    """Follow the event stream, whose first event says that it listens, so no change falls between."""
    with suppress(TimeoutError):
        for _ in api.stream("/events", {}, idle_s=LONGEST_SILENCE_S):
            text = read()
            if text != shown:
                _print(text)
                shown = text
    return shown


def _print(text: str) -> None:
    if sys.stdout.isatty():
        sys.stdout.write(CLEAR)
        sys.stdout.flush()
    tell(text)
