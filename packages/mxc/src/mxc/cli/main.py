"""`mxc`: the root of the command line."""

import os
import sys
from typing import Annotated, NoReturn

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError, UsageError
from typer._completion_classes import completion_init

from mxc.cli.failures import USAGE, Failure
from mxc.cli.light import install
from mxc.cli.root import Verbs
from mxc.cli.session import Chosen
from mxc.cli.version import ours

app = typer.Typer(
    cls=Verbs, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
    context_settings={"max_content_width": 110},
)  # fmt: skip


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mxc {ours()}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    context: Annotated[str, typer.Option(help="a context that `mxc login` kept")] = "",
    url: Annotated[str, typer.Option(help="where the API is")] = "",
    tenant: Annotated[str, typer.Option(help="another tenant there that you signed in to")] = "",
    partition: Annotated[str, typer.Option(help="stay in this part of the organisation: id or slug")] = "",
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Run workloads, and see why they run where they do.

    Exit codes: 0 done, 1 server failure, 2 wrong usage, 3 not signed in, 4 not allowed, 5 not found,
    6 conflict, 7 refused as invalid, 8 API unreachable or not ready, 130 interrupted.
    """
    ctx.obj = Chosen(context, url, tenant, partition)


def main() -> None:
    """The console script: runs the command, prints what went wrong with a hint, exits with its code."""
    install()
    completion_init()
    try:
        code = app(prog_name="mxc", standalone_mode=False)
    except NoArgsIsHelpError as without:
        without.show()
        sys.exit(USAGE)
    except Failure as failure:
        _refuse(failure)
    except ClickException as misuse:
        path = misuse.ctx.command_path if isinstance(misuse, UsageError) and misuse.ctx else "mxc"
        _refuse(Failure(misuse.format_message(), f"`{path} --help` says what it takes", USAGE))
    except typer.Abort:
        _refuse(Failure("nothing was done"))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    else:
        sys.exit(code if isinstance(code, int) else 0)


def _refuse(failure: Failure) -> NoReturn:
    print("\n".join(failure.lines()), file=sys.stderr)
    sys.exit(failure.exit_code)


if __name__ == "__main__":
    main()
