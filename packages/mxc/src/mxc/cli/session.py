"""What every command is given: the API of the context chosen on the command line."""

import os
from dataclasses import dataclass

import typer

from mxc.cli.api import Api
from mxc.cli.contexts import find


@dataclass(frozen=True, slots=True)
class Chosen:
    """The root options."""

    context: str = ""
    url: str = ""


def api_of(ctx: typer.Context) -> Api:
    """The API to talk to."""
    chosen = ctx.obj if isinstance(ctx.obj, Chosen) else Chosen()
    return Api(find(os.environ, chosen.context, chosen.url))
