"""`mxc workloads …`: what runs, ran, and waits to run."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from mxc.cli.api import Api, segment
from mxc.cli.failures import USAGE, Failure
from mxc.cli.output import Format, Output, facts, show
from mxc.cli.session import api_of
from mxc.cli.tables import Rows, printable
from mxc.cli.watch import Watch, present

app = typer.Typer(help="What runs, ran, and waits to run.", no_args_is_help=True)
WorkloadId = Annotated[str, typer.Argument(help="a workload's id, or its first six characters or more")]
Pairs = list[str]
TURN: Final = "its turn"
DETAIL: Final = ("id", "status", "reason", "waiting_for", "error", "exit_code", "command", "args", "hostname")
EVENT_COLUMNS: Final = ("at", "change", "generation", "node_id", "reason", "actor")


@app.command("show")
def show_workload(
    ctx: typer.Context, workload: WorkloadId, output: Output = Format.TABLE, watch: Watch = False
) -> None:
    """One workload in full, and what it waits for."""
    api = api_of(ctx)
    present(
        api,
        lambda: api.get(f"/workloads/{segment(workload)}"),
        output,
        lambda data: facts(data, DETAIL),
        watch,
    )


@app.command(context_settings={"allow_interspersed_args": False})
def create(
    ctx: typer.Context,
    command: Annotated[list[str], typer.Argument(help="the command and its arguments, after `--`")],
    cpu: Annotated[float | None, typer.Option(help="cores it needs")] = None,
    memory: Annotated[int | None, typer.Option(help="memory it needs, in MB")] = None,
    env: Annotated[Pairs | None, typer.Option(help="NAME=VALUE for its environment, repeatable")] = None,
    env_file: Annotated[
        Path | None, typer.Option(help="a file of NAME=VALUE lines: keeps secrets out of the process list")
    ] = None,
    constraint: Annotated[
        Pairs | None, typer.Option(help="name=value a node must offer, repeatable: zone=a, memory_gb=>=64")
    ] = None,
    restart: Annotated[str | None, typer.Option(help="never, on-failure or always")] = None,
    strategy: Annotated[str | None, typer.Option(help="spread, pack or random")] = None,
    priority: Annotated[int | None, typer.Option(help="higher is placed first")] = None,
    kind: Annotated[str | None, typer.Option("--type", help="process or microvm")] = None,
    wait: Annotated[
        bool,
        typer.Option("--wait/--no-wait", help="say where it was placed, or why not yet (a second at most)"),
    ] = True,
    output: Output = Format.TABLE,
) -> None:
    """Run a command somewhere: `mxc workloads create --cpu 1 --memory 128 -- python3 -c 'print(1)'`."""
    stated = {
        "type": kind,
        "command": command[0],
        "args": command[1:],
        "env": {**_env_of(env_file), **_pairs(env, "--env")},
        "cpu_required": cpu,
        "memory_required": memory,
        "constraints": constraints_of(constraint),
        "restart": restart,
        "strategy": strategy,
        "priority": priority,
    }
    body = {name: value for name, value in stated.items() if value is not None}
    query = {"wait": "placed"} if wait else {}
    show(api_of(ctx).call("POST", "/workloads", body, query), output, _created)


@app.command()
def logs(
    ctx: typer.Context,
    workload: WorkloadId,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on until it ends")] = False,
    tail: Annotated[int, typer.Option(min=0, max=100_000, help="lines from the end to begin with")] = 200,
) -> None:
    """What it wrote: its standard output here on standard output, its errors on standard error."""
    api = api_of(ctx)
    query = {"follow": follow, "tail": tail}
    for event in api.stream(f"/workloads/{segment(workload)}/logs", query, api.timeout_s):
        document = json.loads(event.text)
        if event.kind == "error":
            raise Failure(str(document.get("error")), str(document.get("hint", "")))
        if event.kind == "log":
            target = sys.stderr if document.get("stream") == "stderr" else sys.stdout
            target.write(document["text"])
            target.flush()


@app.command("exec")
def execute(
    ctx: typer.Context,
    workload: WorkloadId,
    command: Annotated[list[str], typer.Argument(help="the command to run inside it, after `--`")],
    timeout: Annotated[float, typer.Option(min=0.1, max=3600, help="seconds it may take")] = 30.0,
    output: Output = Format.TABLE,
) -> None:
    """Run a command inside the workload; exits as the command did."""
    chosen = api_of(ctx)
    api = Api(chosen.context, timeout_s=timeout + 15)
    body = {"command": command, "timeout": timeout}
    answer = api.call("POST", f"/workloads/{segment(workload)}/exec", body)
    if not output.is_for_people:
        show(answer, output, facts)
    else:
        sys.stdout.write(answer.data["stdout"])
        sys.stderr.write(answer.data["stderr"])
    raise typer.Exit(min(max(int(answer.data["exit_code"]), 0), 255))


@app.command()
def events(
    ctx: typer.Context, workload: WorkloadId, output: Output = Format.TABLE, watch: Watch = False
) -> None:
    """Every transition it made, with who, why and when."""
    api = api_of(ctx)
    path = f"/workloads/{segment(workload)}/events"
    present(
        api, lambda: api.get(path), output, Rows(EVENT_COLUMNS, empty="nothing happened to it yet"), watch
    )


def _created(workload: Any) -> str:
    said, short = f"workload {workload['id']} is {_where(workload)}", workload["id"][:8]
    if workload["status"] != "pending":
        return said
    waits = str(workload.get("waiting_for") or TURN)
    asks = f"`mxc why-not {short}` says of each node why it does not run there"
    if waits == TURN:
        asks = f"`mxc workloads show {short}` says where it went"
    return f"{said}\n  waits for {printable(waits)}\n  {asks}"


def _where(workload: Any) -> str:
    node = workload.get("hostname") or workload.get("node_id")
    return f"{workload['status']}, placed on {printable(str(node))}" if node else str(workload["status"])


def constraints_of(given: Pairs | None) -> dict[str, Any]:
    """`zone=a gpu=2` as the API takes it. Raises Failure for what is no pair."""
    return {name: _scalar(text) for name, text in _pairs(given, "--constraint").items()}


def _pairs(given: Pairs | None, option: str) -> dict[str, str]:
    pairs = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise Failure(f"{option} {text!r} is no NAME=VALUE", exit_code=USAGE)
        pairs[name] = value
    return pairs


def _env_of(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        lines = path.read_text().splitlines()
    except (OSError, ValueError) as error:
        raise Failure(f"cannot read {path}: {error}", exit_code=USAGE) from None
    return _pairs([line for line in lines if line.strip() and not line.startswith("#")], "--env-file")


def _scalar(text: str) -> Any:
    """JSON's numbers and true/false as such, everything else as the text it is."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text
