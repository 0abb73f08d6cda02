"""Groups of commands that are found when they are used, and the one for a kind of thing."""

from difflib import get_close_matches

from typer._click import Command, Context, HelpFormatter
from typer.core import TyperGroup

from mxc.cli.catalogue import Offered


class FoundLate(TyperGroup):
    """A group whose commands are found by `find`; `get_command` may answer less, for help alone."""

    def find(self, ctx: Context, name: str) -> Command | None:
        """The command that is to run; None when there is none of that name."""
        return self.get_command(ctx, name)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """The command itself. Raises UsageError, naming what may have been meant."""
        name, *rest = args
        command = self.find(ctx, name)
        if command is None and not ctx.resilient_parsing:
            close = get_close_matches(name, self.list_commands(ctx))
            meant = f" Did you mean {', '.join(map(repr, close))}?" if close else ""
            ctx.fail(f"No such command {name!r}.{meant}")
        return name if command else None, command, rest


class ResourceGroup(FoundLate):
    """`mxc sites …`. What is written by hand wins; the catalogue is only asked for what is not."""

    def __init__(self, path: str, by_hand: TyperGroup | None, offered: Offered, summary: str = "") -> None:
        super().__init__(
            name=path,
            commands=dict(by_hand.commands) if by_hand else {},
            no_args_is_help=True,
            help=(by_hand.help if by_hand else None) or summary,
            params=list(by_hand.params) if by_hand else [],
            callback=by_hand.callback if by_hand else None,
        )
        self.path, self.offered = path, offered

    def list_commands(self, ctx: Context) -> list[str]:
        """All verbs; without those of the catalogue when the API does not answer soon."""
        offer = self.offered.glimpse(self.path)
        return [
            *self.commands,
            *(each for each in (offer.verbs if offer else ()) if each not in self.commands),
        ]

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Says so when there is more that nobody could tell."""
        if self.offered.soon is None:
            formatter.write_paragraph()
            where = self.offered.api.context.url
            formatter.write_text(f"{where} does not answer, and only an API says all that can be done here.")

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """As help and completion show it."""
        return self._command(cmd_name, is_help=True)

    def find(self, ctx: Context, name: str) -> Command | None:
        """Made now when it is not written by hand. Raises Failure when the API must be asked and is away."""
        return self._command(name, is_help=ctx.resilient_parsing)

    def _command(self, given: str, *, is_help: bool) -> Command | None:
        name = given.replace("_", "-")
        if name in self.commands:
            return self.commands[name]
        offer = self.offered.glimpse(self.path) if is_help else self.offered.offer(self.path, name)
        verb = offer.verbs.get(name) if offer else None
        if offer is None or verb is None:
            return None
        from mxc.cli.derived.commands import command_of  # what is written by hand needs none of it

        return command_of(self.offered, offer, name, verb)
