"""`mxc dev`: for those who change mxc itself."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from typing import Annotated, Any

import typer

from mxc.cli.api import Answer
from mxc.cli.failures import INVALID, Failure
from mxc.cli.output import Format, Output, show, warn
from mxc.cli.session import Chosen, api_of
from mxc.cli.tables import table
from mxc.cli.up import become, refuse_without_server

app = typer.Typer(no_args_is_help=True)


@app.callback()
def dev() -> None:
    """For those who change mxc itself, in a checkout of its source or on the machine it runs on."""


@app.command()
def migration(title: Annotated[str, typer.Argument(help="what changes, in a few words")]) -> None:
    """Write the revision from what the newest one leaves to what is declared, and print its path."""
    become("mxc.server.migrations.draft", dict(os.environ), title)


@app.command()
def sql(
    ctx: typer.Context,
    statement: Annotated[str, typer.Argument(help="one statement")],
    owner: Annotated[
        bool, typer.Option("--owner", help="as the owner of the database, who sees all")
    ] = False,
    tenant: Annotated[str, typer.Option(help="whose rows: a short name or id; yours by default")] = "",
    write: Annotated[bool, typer.Option("--write", help="keep what it changes")] = False,
    timeout: Annotated[float, typer.Option(min=0.1, max=3600, help="seconds it may take")] = 10.0,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="rows at most")] = 1000,
    output: Output = Format.TABLE,
) -> None:
    """Run one statement on the database of the mxc that runs from this home, read-only.

    As the application sees it: the rows of one tenant; without a tenant none. For who runs mxc here.
    """
    whose = "" if owner else tenant or _my_tenant(ctx)
    if not whose and not owner:
        warn("no tenant is known, so row-level security shows nothing; --tenant names one")
    request = {
        "statement": statement, "owner": owner, "tenant": whose, "write": write, "timeout_s": timeout,
        "limit": limit,
    }  # fmt: skip
    show(_asked(request), output, lambda rows: table(rows, list(rows[0]) if rows else [], "no rows"))


def _my_tenant(ctx: typer.Context) -> str:
    """The tenant of the context that is chosen; empty when nobody answers for it."""
    chosen = ctx.obj if isinstance(ctx.obj, Chosen) else Chosen()
    with suppress(Failure):
        return chosen.tenant or str(api_of(ctx).get("/session").data["tenant_id"])
    return ""


def _asked(request: dict[str, Any]) -> Answer:
    """The answer of the program that may read the home. Raises Failure with what it says."""
    refuse_without_server()
    done = subprocess.run(
        [sys.executable, "-m", "mxc.server.sql"],
        input=json.dumps(request), capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise Failure(done.stderr.strip() or "the program that reads the home ended without a word") from None
    if "error" in answer:
        raise Failure(answer["error"], answer["hint"], INVALID if answer["code"] == "sql" else 1)
    if answer.get("truncated"):
        warn(f"there are more than {len(answer['data'])} rows: raise --limit")
    if "changed" in answer:
        kept = "" if request["write"] else "; taken back: --write keeps it"
        warn(f"{answer['changed']} rows changed{kept}")
    return Answer(done.stdout, {})
