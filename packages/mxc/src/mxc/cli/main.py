"""`mxc`: the root of the command line. A verb's module is imported when the verb is used, not before."""

import importlib
import os
import sys
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer
from typer._click import Command, Context
from typer.core import TyperGroup

from mxc.cli.failures import Failure
from mxc.cli.session import Chosen


@dataclass(frozen=True, slots=True)
class Verb:
    """Where a verb lives: `module:attribute`, a Typer app or a plain function; the help its list shows."""

    place: str
    help: str


VERBS: Final[dict[str, Verb]] = {
    "up": Verb("mxc.cli.up:up", "Run everything on this machine, in the foreground."),
    "coordinator": Verb("mxc.cli.up:coordinator", "Run the part that decides."),
    "agent": Verb("mxc.cli.up:agent", "Run the part that acts, on this machine."),
    "nats": Verb("mxc.cli.up:nats", "The bus, for those who run it themselves."),
    "nodes": Verb("mxc.cli.nodes:app", "The machines that run workloads."),
    "workloads": Verb("mxc.cli.workloads:app", "What runs, ran, and waits to run."),
    "why": Verb("mxc.cli.explain:why", "Why it is so: the derivation of a state or a fact."),
    "why-not": Verb("mxc.cli.explain:why_not", "Why it is not so: the first condition that fails."),
    "what-if": Verb("mxc.cli.what_if:app", "What would come of it, and why; nothing is done."),
    "rules": Verb("mxc.cli.rules:app", "The rules that operators add to ours."),
    "cluster": Verb("mxc.cli.cluster:app", "The whole at a glance."),
    "facts": Verb("mxc.cli.cluster:ask", "Ask the engine anything that is derived."),
    "dev": Verb("mxc.cli.dev:app", "For those who change mxc itself."),
    "keys": Verb("mxc.cli.keys:app", "The keys with which things are kept encrypted."),
    "login": Verb("mxc.cli.login:login", "Sign in and keep a token for this machine."),
    "tokens": Verb("mxc.cli.login:tokens", "Tokens for programs."),
}


class Verbs(TyperGroup):
    """The root group: lists verbs from the table, loads the one that is used."""

    def list_commands(self, ctx: Context) -> list[str]:
        """Every verb, in the table's order."""
        return list(VERBS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """The verb's command, its module imported now."""
        verb = VERBS.get(cmd_name)
        if verb is None:
            return None
        return _load(cmd_name, verb)


def _load(name: str, verb: Verb) -> Command:
    module, _, attribute = verb.place.partition(":")
    found: Any = getattr(importlib.import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        single = typer.Typer(add_completion=False)
        single.command(name, help=found.__doc__)(found)
        found = single
    command = typer.main.get_command(found)
    command.name = name
    return command


app = typer.Typer(cls=Verbs, no_args_is_help=True, pretty_exceptions_enable=False)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # 30 ms that no other command needs

        typer.echo(f"mxc {version('mxc')}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    context: Annotated[str, typer.Option(help="a context that `mxc login` kept")] = "",
    url: Annotated[str, typer.Option(help="where the API is")] = "",
    partition: Annotated[str, typer.Option(help="stay in this part of the organisation: id or slug")] = "",
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Run workloads, and see why they run where they do.

    Exit codes: 0 done, 1 server failure, 2 wrong usage, 3 not signed in, 4 not allowed, 5 not found,
    6 conflict, 7 refused as invalid, 8 API unreachable or not ready, 130 interrupted.
    """
    ctx.obj = Chosen(context, url, partition)


def main() -> None:
    """The console script: runs the command, prints failures with their hint, exits with their code."""
    try:
        app()
    except Failure as failure:
        print("\n".join(failure.lines()), file=sys.stderr)
        sys.exit(failure.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
