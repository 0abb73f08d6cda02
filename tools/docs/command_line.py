"""docs/reference/command-line.md: the verbs written by hand; the resources' pages have the others."""

from collections.abc import Iterator
from typing import Any

from typer._click import Command, Parameter
from typer.core import TyperGroup

from mxc.cli.root import VERBS, loaded
from tools.docs.writing import GENERATED, row, sentence, table

PATH = "docs/reference/command-line.md"
HEAD = f"""# The command line

The verbs that are written by hand. Every resource has verbs besides, made from the API's catalogue: see
[resources](resources/README.md) and [how to use them](../how-to/use-the-command-line.md).

{GENERATED}
"""


def pages() -> dict[str, str]:
    """Path → text."""
    by_hand = [(name, verb) for name, verb in VERBS.items() if verb.place]
    lines = [line for name, verb in by_hand for line in _verb(f"mxc {name}", loaded(name, verb))]
    return {PATH: "\n".join([HEAD, *lines])}


def _verb(path: str, command: Command) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for name, each in command.commands.items():
            yield from _verb(f"{path} {name}", each)
        return
    yield f"## {path}\n\n{sentence(command.help or '')}\n"
    if parameters := [each for each in command.params if not getattr(each, "hidden", False)]:
        yield from table("given", "meaning")
        yield from (row(_given(each), _meaning(each)) for each in parameters)
        yield ""


def _given(parameter: Parameter) -> str:
    if parameter.param_type_name == "argument":
        name = parameter.name.upper() + ("…" if parameter.nargs != 1 else "")
        return f"`{name}`" if parameter.required else f"`[{name}]`"
    return ", ".join(f"`{each}`" for each in (*parameter.opts, *parameter.secondary_opts))


def _meaning(parameter: Any) -> str:
    choices = parameter.type_descriptor.choices
    allowed = "one of " + ", ".join(_shown(each) for each in choices) if choices else ""
    default = parameter.default
    said = "" if default in (None, "", False, ()) or callable(default) else f"{_shown(default)} by default"
    return "; ".join(
        filter(None, (parameter.help or "", allowed, said, "required" if parameter.required else ""))
    )


def _shown(value: Any) -> str:
    return f"`{getattr(value, 'value', value)}`"
