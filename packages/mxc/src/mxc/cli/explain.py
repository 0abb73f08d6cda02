"""`mxc why` and `mxc why-not`: the derivation of what is, and the failing condition of what is not."""

from contextlib import suppress
from typing import Annotated, Any, Final

import typer

from mxc.cli.api import Answer, Api, segment
from mxc.cli.failures import Refusal
from mxc.cli.output import Format, Output, show
from mxc.cli.session import api_of

app = typer.Typer()
CAN: Final = "can"
Who = Annotated[str | None, typer.Argument(help="behind `can`: an address, or <address>/<token>")]
Permission = Annotated[str | None, typer.Argument(help="behind `can`: such as workloads.stop")]
Subject = Annotated[str, typer.Argument(help="a workload, a node, or a fact such as 'node_healthy(\"…\")'")]


@app.command("why")
def why(
    ctx: typer.Context,
    subject: Subject,
    who: Who = None,
    permission: Permission = None,
    output: Output = Format.TABLE,
) -> None:
    """Why it is so: rules with file and line, their bindings, and the facts below them.

    `mxc why can ada@example.org workloads.stop`: why somebody may, or what is missing.
    """
    api = api_of(ctx)
    if subject == CAN:
        show(_may(api, who, permission), output, _text)
    else:
        show(_ask(api, subject), output, _text)


@app.command("why-not")
def why_not(
    ctx: typer.Context,
    subject: Subject,
    node: Annotated[str | None, typer.Argument(help="only this node: its hostname or id; or who")] = None,
    permission: Permission = None,
    output: Output = Format.TABLE,
) -> None:
    """Why it is not so: the first condition that fails, with the values it met, and what would help."""
    api = api_of(ctx)
    if subject == CAN:
        show(_may(api, node, permission), output, _text)
    elif "(" in subject:
        show(api.get("/why-not", fact=subject), output, _text)
    else:
        show(api.get(f"/workloads/{segment(subject)}/why-not", node=node), output, _text)


def _may(api: Api, who: str | None, permission: str | None) -> Answer:
    """One word is the permission, and the caller is meant."""
    if permission is None:
        who, permission = None, who
    if permission is None:
        raise typer.BadParameter("say what: mxc why can [WHO] workloads.stop")
    return api.get("/access/why", who=who, permission=permission)


def _ask(api: Api, subject: str) -> Answer:
    if "(" in subject:
        return api.get("/why", fact=subject)
    with suppress(Refusal):
        return api.get(f"/nodes/{segment(subject)}/why")
    return api.get(f"/workloads/{segment(subject)}/why")


def _text(data: Any) -> str:
    return str(data["text"])
