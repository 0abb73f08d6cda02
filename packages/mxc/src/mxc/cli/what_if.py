"""`mxc what-if …`: what would come of it, and why; nothing is done."""

from typing import Annotated, Any

import typer

from mxc.cli.access import role
from mxc.cli.output import Format, Output, show
from mxc.cli.rules import Subject, rehearse
from mxc.cli.session import api_of
from mxc.cli.workloads import constraints_of

app = typer.Typer(help="What would come of it, and why. Nothing is done.", no_args_is_help=True)
NodeId = Annotated[str, typer.Argument(help="a node's hostname, its id, or six characters of that or more")]
Why = Annotated[bool, typer.Option("--why", help="with the rules and facts behind each line")]

app.command()(role)


@app.command()
def drain(ctx: typer.Context, node: NodeId, why: Why = False, output: Output = Format.TABLE) -> None:
    """Where what runs on a node would move, and what would have to wait."""
    _ask(ctx, {"drain": node}, why, output)


@app.command()
def remove(ctx: typer.Context, node: NodeId, why: Why = False, output: Output = Format.TABLE) -> None:
    """What would become of what runs on a node if the node were gone."""
    _ask(ctx, {"remove": node}, why, output)


@app.command()
def add(
    ctx: typer.Context,
    count: Annotated[int, typer.Argument(min=1, max=200, help="how many workloads")],
    cpu: Annotated[float, typer.Option(help="cores each needs")] = 1.0,
    memory: Annotated[int, typer.Option(help="megabytes each needs")] = 128,
    constraint: Annotated[list[str] | None, typer.Option(help="what the node must be: key=value")] = None,
    why: Why = False,
    output: Output = Format.TABLE,
) -> None:
    """Where more workloads would run, and for what they would wait."""
    workload = {"cpu": cpu, "memory_mb": memory, "constraints": constraints_of(constraint)}
    _ask(ctx, {"add": {"count": count, "workload": workload}}, why, output)


@app.command()
def load(ctx: typer.Context, rule: Subject, why: Why = False, output: Output = Format.TABLE) -> None:
    """What would follow if a file of rules were added; the same as `mxc rules preview`."""
    rehearse(ctx, rule, why, output)


def _ask(ctx: typer.Context, supposed: dict[str, Any], why: bool, output: Format) -> None:
    show(api_of(ctx).call("POST", "/what-if", supposed), output, _with_reasons if why else _lines)


def _lines(data: Any) -> str:
    return str(data["text"])


def _with_reasons(data: Any) -> str:
    parts = [str(data["text"])]
    for each in data["outcomes"]:
        if each["because"]:
            indented = "\n".join(f"    {line}" for line in each["because"].splitlines())
            parts.append(f"workload {each['workload_id'][:8]} {each['kind']} because\n{indented}")
    return "\n\n".join(parts)
