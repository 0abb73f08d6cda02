"""`mxc cluster status` and `mxc facts`: the whole at a glance, and anything derived."""

from typing import Annotated, Any, Final

import typer

from mxc.cli.output import Format, Output, facts, show
from mxc.cli.session import api_of
from mxc.cli.tables import printable, table
from mxc.cli.watch import Watch, present

FAULTS: Final = ("rule_faults", "reaction_faults")
app = typer.Typer(help="The whole at a glance.", no_args_is_help=True)


@app.callback()
def cluster() -> None:
    """The whole at a glance."""


@app.command()
def status(ctx: typer.Context, output: Output = Format.TABLE, watch: Watch = False) -> None:
    """Nodes, workloads, room, and whether anything needs a human."""
    api = api_of(ctx)
    present(api, lambda: api.get("/cluster/status"), output, glance, watch)


def glance(data: Any) -> str:
    """The numbers, then what needs a human: one line each."""
    told = {name: value for name, value in data.items() if name not in FAULTS}
    lines = [facts(told)]
    lines += [f"rule {name} is not in force: {words}" for name, words in data["rule_faults"].items()]
    for each in data["reaction_faults"]:
        about = f"reaction {each['reaction']} ({', '.join(map(str, each['row']))})"
        lines.append(f"{about} failed {each['failures']} times: {each['message']}")
    return "\n".join([lines[0], *map(printable, lines[1:])])


def ask(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(help="such as 'node_healthy(N)'; without one: the predicates")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 1000,
    output: Output = Format.TABLE,
) -> None:
    """Ask the engine: every binding of the query's variables that holds now."""
    show(
        api_of(ctx).get("/facts", query=query or None, limit=limit),
        output,
        _bindings if query else _predicates,
    )


def _bindings(data: Any) -> str:
    rows = data["rows"]
    if rows and not rows[0]:
        return "true"
    if not rows:
        return "false: nothing makes it hold"
    text = table(rows, list(rows[0]))
    return f"{text}\n… more than {len(rows)} rows: raise --limit" if data["truncated"] else text


def _predicates(data: Any) -> str:
    return table(data["predicates"], ("name", "columns", "derived", "count"))
