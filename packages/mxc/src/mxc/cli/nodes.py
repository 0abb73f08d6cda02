"""`mxc nodes …`: the machines that run workloads."""

from typing import Annotated, Any, Final

import typer

from mxc.cli.api import segment
from mxc.cli.output import Format, Output, facts, show, table
from mxc.cli.session import api_of
from mxc.cli.watch import Watch, present

app = typer.Typer(help="The machines that run workloads.", no_args_is_help=True)
NodeId = Annotated[str, typer.Argument(help="a node's hostname, its id, or six characters of that or more")]
COLUMNS: Final = (
    "id", "hostname", "status", "healthy", "cpu_total", "available_cpu", "memory_total",
    "available_memory_mb", "hypervisor", "heartbeat_age_s",
)  # fmt: skip


def _rows(data: Any) -> str:
    return table(data, COLUMNS, "no nodes yet: `mxc up` runs one; `mxc agent` joins another machine")


@app.command("list")
def list_nodes(
    ctx: typer.Context,
    status: Annotated[str | None, typer.Option(help="available, unavailable or draining")] = None,
    output: Output = Format.TABLE,
    watch: Watch = False,
) -> None:
    """Every node with its room and health."""
    api = api_of(ctx)
    present(api, lambda: api.get("/nodes", status=status, limit=1000), output, _rows, watch)


@app.command("show")
def show_node(ctx: typer.Context, node: NodeId, output: Output = Format.TABLE, watch: Watch = False) -> None:
    """One node in full."""
    api = api_of(ctx)
    present(api, lambda: api.get(f"/nodes/{segment(node)}"), output, facts, watch)


@app.command()
def cordon(ctx: typer.Context, node: NodeId, output: Output = Format.TABLE) -> None:
    """Place nothing new on the node; what runs stays."""
    show(api_of(ctx).call("POST", f"/nodes/{segment(node)}/cordon"), output, _done)


@app.command()
def uncordon(ctx: typer.Context, node: NodeId, output: Output = Format.TABLE) -> None:
    """Place on the node again; also ends a drain."""
    show(api_of(ctx).call("POST", f"/nodes/{segment(node)}/uncordon"), output, _done)


@app.command()
def drain(ctx: typer.Context, node: NodeId, output: Output = Format.TABLE) -> None:
    """Place nothing new on the node and move what runs elsewhere."""
    show(api_of(ctx).call("POST", f"/nodes/{segment(node)}/drain"), output, _done)


@app.command()
def delete(ctx: typer.Context, node: NodeId) -> None:
    """Remove the node for good; what runs there stops."""
    api_of(ctx).call("DELETE", f"/nodes/{segment(node)}")
    typer.echo(f"node {node} is removed")


def _done(node: Any) -> str:
    return f"node {node['hostname']} ({node['id']}) is {node.get('intent') or node['status']}"
