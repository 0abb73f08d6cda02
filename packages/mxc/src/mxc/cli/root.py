"""The root group: verbs written by hand from a table, every other kind of thing from the catalogue.

A verb's module is imported when the verb is used, not before; help shows the table's own words.
"""

import importlib
from dataclasses import dataclass
from typing import Any, Final

import typer
from typer._click import Command, Context, HelpFormatter
from typer.core import TyperCommand, TyperGroup

from mxc.cli.catalogue import Catalogue
from mxc.cli.derived.group import FoundLate, ResourceGroup
from mxc.cli.session import offered_to

RUN: Final = "Run it"
THINGS: Final = "Kinds of things"
ASK: Final = "Ask"
BE: Final = "Who and where you are"
TOOLS: Final = "Tools"
SECTIONS: Final = (RUN, THINGS, ASK, BE, TOOLS)


@dataclass(frozen=True, slots=True)
class Verb:
    """Where a verb lives: `module:attribute`, a Typer app or a plain function; the help its list shows.

    One that `is_offered` is a kind of thing that the catalogue has too, and may have more verbs for; without
    a place it has all of them.
    """

    place: str
    help: str
    section: str
    is_offered: bool = False


VERBS: Final[dict[str, Verb]] = {
    "up": Verb("mxc.cli.up:up", "Run everything on this machine, in the foreground.", RUN),
    "coordinator": Verb("mxc.cli.up:coordinator", "Run the part that decides.", RUN),
    "agent": Verb("mxc.cli.up:agent", "Run the part that acts, on this machine.", RUN),
    "nats": Verb("mxc.cli.up:nats", "The bus, for those who run it themselves.", RUN),
    "nodes": Verb("", "The machines that run workloads.", THINGS, is_offered=True),
    "workloads": Verb("mxc.cli.workloads:app", "What runs, ran, and waits to run.", THINGS, is_offered=True),
    "rules": Verb("mxc.cli.rules:app", "The rules that operators add to ours.", THINGS, is_offered=True),
    "tenants": Verb(
        "mxc.cli.places:tenants", "The organisations of an installation.", THINGS, is_offered=True
    ),
    "tokens": Verb("mxc.cli.login:tokens", "Tokens for programs.", THINGS, is_offered=True),
    "why": Verb("mxc.cli.explain:why", "Why it is so: the derivation of a state or a fact.", ASK),
    "why-not": Verb("mxc.cli.explain:why_not", "Why it is not so: the first condition that fails.", ASK),
    "what-if": Verb("mxc.cli.what_if:app", "What would come of it, and why; nothing is done.", ASK),
    "can": Verb("mxc.cli.access:can", "Everything that somebody may do.", ASK),
    "who-can": Verb("mxc.cli.access:who_can", "Who may do something.", ASK),
    "cluster": Verb("mxc.cli.cluster:app", "The whole at a glance.", ASK),
    "facts": Verb("mxc.cli.cluster:ask", "Ask the engine anything that is derived.", ASK),
    "login": Verb("mxc.cli.login:login", "Sign in and keep a token for this machine.", BE),
    "whoami": Verb("mxc.cli.places:whoami", "Who you are here, and which tenants you belong to.", BE),
    "context": Verb("mxc.cli.places:app", "The installations and tenants this machine knows.", BE),
    "new": Verb("mxc.cli.new:app", "Begin a resource, a rule or a reaction in a checkout.", TOOLS),
    "dev": Verb("mxc.cli.dev:app", "For those who change mxc itself.", TOOLS),
    "keys": Verb("mxc.cli.keys:app", "The keys with which things are kept encrypted.", TOOLS),
    "version": Verb("mxc.cli.version:version", "Which mxc this is.", TOOLS),
    "completion": Verb(
        "mxc.cli.completion:completion", "Print what makes your shell complete commands.", TOOLS
    ),
}


class Verbs(FoundLate):
    """Lists verbs without loading them, loads the one that is used."""

    def list_commands(self, ctx: Context) -> list[str]:
        """Every verb of the table, in its order, then what the catalogue that we have offers besides."""
        kept = self._kept(ctx)
        return [*VERBS, *(path for path in (kept.resources if kept else ()) if path not in VERBS)]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """What help and completion show of a verb."""
        if cmd_name in VERBS:
            return TyperCommand(cmd_name, help=VERBS[cmd_name].help)
        kept = self._kept(ctx)
        said = kept.resources.get(cmd_name) if kept else None
        return TyperCommand(cmd_name, help=said["help"]) if said else None

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """The verbs by section; what the catalogue adds is a kind of thing."""
        sections: dict[str, list[str]] = {section: [] for section in SECTIONS}
        for name in self.list_commands(ctx):
            sections[VERBS[name].section if name in VERBS else THINGS].append(name)
        for section, names in sections.items():
            room = formatter.width - max(map(len, names)) - 6
            with formatter.section(section):
                formatter.write_dl([(name, self._said(ctx, name, room)) for name in names])

    def _said(self, ctx: Context, name: str, room: int) -> str:
        found = self.get_command(ctx, name)
        return found.get_short_help_str(room) if found else ""

    def find(self, ctx: Context, name: str) -> Command | None:
        """The verb itself, its module imported now."""
        return command_of(ctx, name)

    def _kept(self, ctx: Context) -> Catalogue | None:
        """Help is printed without a word to the API."""
        return offered_to(ctx).shelf.kept()


def command_of(ctx: Context, name: str) -> Command | None:
    """The command of that name, with all it needs; None when neither the table nor the catalogue has it."""
    verb = VERBS.get(name)
    if verb is not None and not verb.is_offered:
        return loaded(name, verb)

    offered = offered_to(ctx)
    if verb is not None and verb.place:
        by_hand = loaded(name, verb)
        return ResourceGroup(name, by_hand, offered) if isinstance(by_hand, TyperGroup) else by_hand
    if verb is not None:
        return ResourceGroup(name, None, offered, verb.help)
    offer = offered.glimpse(name) if ctx.resilient_parsing else offered.offer(name)
    return ResourceGroup(name, None, offered, offer.help) if offer else None


def loaded(name: str, verb: Verb) -> Command:
    """A verb of the table as a command, its module imported now."""
    module, _, attribute = verb.place.partition(":")
    found: Any = getattr(importlib.import_module(module), attribute)
    if isinstance(found, typer.Typer):
        command: Command = typer.main.get_group(found)
    else:
        single = typer.Typer(add_completion=False)
        single.command(name, help=found.__doc__)(found)
        command = typer.main.get_command(single)
    command.name = name
    return command
