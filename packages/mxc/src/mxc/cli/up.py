"""`mxc up`, `mxc coordinator`, `mxc agent`: become the long-running program.

The command line is replaced by it (exec), so that a service manager or a terminal talks to the real thing.
"""

import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from mxc.cli.failures import USAGE, Failure

Port = Annotated[int | None, typer.Option(help="the port of pages and API (PORT)", min=0, max=65535)]
Home = Annotated[Path | None, typer.Option(help="where everything is kept (MXC_HOME)")]
nats = typer.Typer(no_args_is_help=True)
Coordinator = Annotated[str, typer.Option(help="where the API is (MXC_COORDINATOR)")]


def up(port: Port = None, home: Home = None) -> None:
    """Run everything on this machine in the foreground; MXC_MODE can make it less. Ctrl-C stops it."""
    _become(os.environ.get("MXC_MODE") or "standalone", port=port, home=home)


def coordinator(port: Port = None, home: Home = None) -> None:
    """Run the part that decides: database, bus, pages and API, but no agent."""
    _become("coordinator", port=port, home=home)


def agent(coordinator: Coordinator = "", home: Home = None) -> None:
    """Run the part that acts, on this machine; MXC_API_TOKEN lets it in."""
    _become("agent", home=home, coordinator=coordinator)


@nats.callback()
def bus() -> None:
    """The bus, for those who run it themselves."""


@nats.command("config")
def nats_config(
    host: Annotated[str, typer.Option(help="the address it listens on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 4222,
    home: Home = None,
) -> None:
    """Write the configuration for a nats-server of your own, and print where it is."""
    environment = {**os.environ, "MXC_HOME": str(home)} if home else dict(os.environ)
    become("mxc.server.nats_config", environment, host, str(port))


def _become(mode: str, port: int | None = None, home: Path | None = None, coordinator: str = "") -> NoReturn:
    given = {"PORT": port, "MXC_HOME": home, "MXC_COORDINATOR": coordinator or None, "MXC_MODE": mode}
    stated = {name: str(value) for name, value in given.items() if value is not None}
    become("mxc.agent" if mode == "agent" else "mxc.server", {**os.environ, **stated})


def become(program: str, environment: Mapping[str, str], *arguments: str) -> NoReturn:
    """Run that module instead of us. Raises Failure when the coordinator's dependencies are missing."""
    if program != "mxc.agent":
        refuse_without_server()
    os.execve(sys.executable, [sys.executable, "-m", program, *arguments], dict(environment))


def refuse_without_server() -> None:
    """Raises Failure where only the command line and the agent are installed."""
    if importlib.util.find_spec("sqlalchemy") is None:
        raise Failure("the coordinator is not installed here", "install it: pip install 'mxc[server]'", USAGE)
