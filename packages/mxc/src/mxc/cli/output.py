"""How answers are printed: a table for people, the API's own document for programs."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from mxc.cli.api import Answer
from mxc.cli.failures import USAGE, Failure
from mxc.cli.tables import Nothing, Rows, cell, coloured


class Format(StrEnum):
    TABLE = "table"
    WIDE = "wide"
    NAME = "name"
    JSON = "json"
    YAML = "yaml"

    @property
    def is_for_people(self) -> bool:
        """Are words around the answer welcome?"""
        return self in {Format.TABLE, Format.WIDE}


FORMATS = (
    "table for people, wide with every column, name alone; json is the API's document as it came, or as yaml"
)
Output = Annotated[Format, typer.Option("--output", "-o", help=FORMATS)]
Render = Callable[[Any], str]


def show(answer: Answer, output: Format, render: Render, called: str = "") -> None:
    """Print an answer in the wished format; people are told when there is more than was asked for."""
    tell(text_of(answer, output, render, called))
    if output.is_for_people and answer.document.get("next"):
        warn("there are more; `--limit` shows up to 1000, other options narrow it down")


def tell(text: str) -> None:
    """Print a text; words in place of rows go to standard error."""
    if isinstance(text, Nothing):
        warn(text)
    elif text:
        sys.stdout.write(text.rstrip("\n") + "\n")
        sys.stdout.flush()


def text_of(answer: Answer, output: Format, render: Render, called: str = "") -> str:
    """An answer as text in the wished format; `called` is the field that names a row."""
    match output:
        case Format.JSON:
            return answer.text
        case Format.YAML:
            return yaml_of(answer.document)
        case Format.NAME:
            return names(answer.data, called)
        case Format.WIDE if isinstance(render, Rows):
            return render.wide(answer.data)
    return render(answer.data)


def names(data: Any, called: str = "") -> str:
    """What each row is called, else its id: a line each, as the next command takes them.

    Raises Failure for what is no row.
    """
    rows = data if isinstance(data, list) else [data]
    found = [row.get(called) or row.get("id") if isinstance(row, dict) else None for row in rows]
    if None in found:
        raise Failure("what is answered here has no name", "-o table, json or yaml shows it", USAGE)
    return "\n".join(map(str, found))


def yaml_of(document: Any) -> str:
    """A document as YAML, in its own order."""
    import yaml  # 40 ms that a table does not need

    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))


def facts(document: Mapping[str, Any], first: Sequence[str] = ()) -> str:
    """One document as `name  value` lines, the named ones first, empty ones left out."""
    order = [*first, *(name for name in document if name not in first)]
    shown = [(name, cell(document[name])) for name in order if document.get(name) not in (None, "", [], {})]
    width = max((len(name) for name, _ in shown), default=0)
    return "\n".join(f"{name.ljust(width)}  {coloured(value, value)}" for name, value in shown)


def compact(document: Any) -> str:
    """JSON in one line."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def warn(line: str) -> None:
    """A line for people, on standard error."""
    sys.stderr.write(line + "\n")
