"""`mxc keys`: the keys with which the coordinator on this machine keeps things encrypted."""

import os
from typing import Annotated

import typer

from mxc.cli.up import become

app = typer.Typer(no_args_is_help=True)


@app.callback()
def keys() -> None:
    """The keys with which the coordinator on this machine keeps things encrypted."""


@app.command()
def status() -> None:
    """How many values each key seals."""
    become("mxc.server.keys", dict(os.environ), "status")


@app.command()
def rotate() -> None:
    """Make a new key and seal everything anew under it, beside all work; may be interrupted."""
    become("mxc.server.keys", dict(os.environ), "rotate")


@app.command()
def retire() -> None:
    """Forget the older keys, once nothing is sealed under them."""
    become("mxc.server.keys", dict(os.environ), "retire")


@app.command()
def abandon(
    key: Annotated[str, typer.Argument(help="the id of the key that is lost, of eight digits")],
) -> None:
    """Give up what a lost key sealed: those values are empty from then on."""
    become("mxc.server.keys", dict(os.environ), "abandon", key)


@app.command()
def new() -> None:
    """Print a new key, for MXC_ENCRYPTION_KEYS."""
    become("mxc.server.keys", dict(os.environ), "new")
