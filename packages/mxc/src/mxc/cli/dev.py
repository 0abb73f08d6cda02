"""`mxc dev`: for those who change mxc itself."""

import os
from typing import Annotated

import typer

from mxc.cli.up import become

app = typer.Typer(no_args_is_help=True)


@app.callback()
def dev() -> None:
    """For those who change mxc itself, in a checkout of its source."""


@app.command()
def migration(title: Annotated[str, typer.Argument(help="what changes, in a few words")]) -> None:
    """Write the revision from what the newest one leaves to what is declared, and print its path."""
    become("mxc.server.migrations.draft", dict(os.environ), title)
