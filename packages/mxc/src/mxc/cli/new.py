"""`mxc new …`: begin a resource, a rule or a reaction in a checkout of the source."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

import mxc
from mxc.cli.failures import USAGE, Failure

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="its name: lower case, words joined by _")]
Domain = Annotated[str, typer.Option(help="the folder below server/domains")]


@app.callback()
def new() -> None:
    """Begin a thing in a checkout of the source: its file, and a test that fails and says how to go on."""


@app.command()
def resource(name: Name, domain: Domain = "workloads") -> None:
    """A kind of thing: its class with one column. `docs/how-to/add-a-resource.md` goes on from there."""
    _begin("resource", name, domain)


@app.command()
def rule(name: Name, domain: Domain = "workloads") -> None:
    """A file of rules with its cases."""
    _begin("rule", name, domain)


@app.command()
def reaction(name: Name, domain: Domain = "workloads") -> None:
    """An effect of something derived, with the rule file that is to derive it."""
    _begin("reaction", name, domain)


def _begin(kind: str, name: str, domain: str) -> None:
    root = Path(mxc.__file__).parents[4]
    if not (root / "tools" / "scaffold").is_dir():
        raise Failure("this is no checkout of the source", "clone it, `make install`, and use its mxc", USAGE)
    done = subprocess.run([sys.executable, "-m", "tools.scaffold", kind, name, domain], cwd=root, check=False)
    raise typer.Exit(done.returncode)
