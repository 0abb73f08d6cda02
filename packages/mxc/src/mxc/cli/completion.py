"""`mxc completion`: what makes a shell complete our commands, as text to be sourced."""

from enum import StrEnum
from typing import Annotated

import typer
from typer._completion_shared import get_completion_script


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="your shell")]) -> None:
    """Print what makes your shell complete commands: `source <(mxc completion bash)`."""
    typer.echo(get_completion_script(prog_name="mxc", complete_var="_MXC_COMPLETE", shell=shell.value))
