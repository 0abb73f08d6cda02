"""The root group: verbs written by hand from a table, every other kind of thing from the catalogue.

A verb's module is imported when the verb is used, not before; help shows the table's own words.
"""

import importlib
from dataclasses import dataclass
from typing import Any, Final

import typer
from typer._click import Command, Context
from typer.core import TyperCommand, TyperGroup

from mxc.cli.catalogue import Catalogue
from mxc.cli.derived.group import FoundLate, ResourceGroup
from mxc.cli.session import offered_to

THINGS: Final = "Kinds of things"


@dataclass(frozen=True, slots=True)
class Verb:
    """Where a verb lives: `module:attribute`, a Typer app or a plain function; the help its list shows.

    One that `is_offered` is a kind of thing that the catalogue has too, and may have more verbs for.
    """

    place: str
    help: str
    is_offered: bool = False


VERBS: Final[dict[str, Verb]] = {
    "up": Verb("mxc.cli.up:up", "Run everything on this machine, in the foreground."),
    "coordinator": Verb("mxc.cli.up:coordinator", "Run the part that decides."),
    "agent": Verb("mxc.cli.up:agent", "Run the part that acts, on this machine."),
    "nats": Verb("mxc.cli.up:nats", "The bus, for those who run it themselves."),
    "nodes": Verb("mxc.cli.nodes:app", "The machines that run workloads.", is_offered=True),
    "workloads": Verb("mxc.cli.workloads:app", "What runs, ran, and waits to run.", is_offered=True),
    "why": Verb("mxc.cli.explain:why", "Why it is so: the derivation of a state or a fact."),
    "why-not": Verb("mxc.cli.explain:why_not", "Why it is not so: the first condition that fails."),
    "what-if": Verb("mxc.cli.what_if:app", "What would come of it, and why; nothing is done."),
    "can": Verb("mxc.cli.access:can", "Everything that somebody may do."),
    "who-can": Verb("mxc.cli.access:who_can", "Who may do something."),
    "rules": Verb("mxc.cli.rules:app", "The rules that operators add to ours.", is_offered=True),
    "cluster": Verb("mxc.cli.cluster:app", "The whole at a glance."),
    "facts": Verb("mxc.cli.cluster:ask", "Ask the engine anything that is derived."),
    "new": Verb("mxc.cli.new:app", "Begin a resource, a rule or a reaction in a checkout."),
    "dev": Verb("mxc.cli.dev:app", "For those who change mxc itself."),
    "keys": Verb("mxc.cli.keys:app", "The keys with which things are kept encrypted."),
    "login": Verb("mxc.cli.login:login", "Sign in and keep a token for this machine."),
    "whoami": Verb("mxc.cli.places:whoami", "Who you are here, and which tenants you belong to."),
    "context": Verb("mxc.cli.places:app", "The installations and tenants this machine knows."),
    "tenants": Verb("mxc.cli.places:tenants", "The organisations of an installation.", is_offered=True),
    "tokens": Verb("mxc.cli.login:tokens", "Tokens for programs.", is_offered=True),
    "completion": Verb("mxc.cli.completion:completion", "Print what makes your shell complete commands."),
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
        return TyperCommand(cmd_name, help=said["help"], rich_help_panel=THINGS) if said else None

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
    if verb is not None:
        by_hand = loaded(name, verb)
        return ResourceGroup(name, by_hand, offered) if isinstance(by_hand, TyperGroup) else by_hand
    offer = offered.glimpse(name) if ctx.resilient_parsing else offered.offer(name)
    return ResourceGroup(name, None, offered, offer.help) if offer else None


def loaded(name: str, verb: Verb) -> Command:
    """A verb of the table as a command, its module imported now."""
    module, _, attribute = verb.place.partition(":")
    found: Any = getattr(importlib.import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        single = typer.Typer(add_completion=False)
        single.command(name, help=found.__doc__)(found)
        found = single
    command = typer.main.get_command(found)
    command.name = name
    return command
