"""`mxc can` and `mxc who-can`: who may do what, as the rules say."""

from typing import Annotated, Any

import typer

from mxc.cli.output import Format, Output, show
from mxc.cli.session import api_of

Permission = Annotated[str, typer.Argument(help="such as workloads.stop")]
Patterns = list[str] | None


def can(
    ctx: typer.Context,
    who: Annotated[str, typer.Argument(help="an address, or <address>/<token>; nobody: you")] = "",
    output: Output = Format.TABLE,
) -> None:
    """Everything that somebody may do."""
    show(api_of(ctx).get("/access/can", who=who or None), output, text)


def who_can(ctx: typer.Context, permission: Permission, output: Output = Format.TABLE) -> None:
    """Every role, member and token that may."""
    show(api_of(ctx).get("/access/who", permission=permission), output, text)


def role(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="one of your own roles, or a new one")],
    grant: Annotated[Patterns, typer.Option(help="what it would grant, too: workloads.*")] = None,
    revoke: Annotated[Patterns, typer.Option(help="what it would grant no longer")] = None,
    output: Output = Format.TABLE,
) -> None:
    """What another set of grants would open, and to whom."""
    body = {"role": name, "grant": grant or [], "revoke": revoke or []}
    show(api_of(ctx).call("POST", "/access/what-if", body), output, text)


def text(data: Any) -> str:
    """The answer in words."""
    return str(data["text"])
