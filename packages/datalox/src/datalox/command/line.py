"""The command line: one module per verb; each says what it does, what it takes, and runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from datalox.command import bench, check, explain, repl, run, source, test

Write: TypeAlias = Callable[[str], object]


class Verb(Protocol):
    """A module of this package."""

    WORDS: str

    def options(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, options: argparse.Namespace, write: Write) -> int: ...


VERBS: Final[dict[str, Verb]] = {
    "check": check,
    "run": run,
    "test": test,
    "repl": repl,
    "explain": explain,
    "bench": bench,
    "compile": source,
}


@dataclass(frozen=True, slots=True)
class Line:
    """What to do (`run` returns the exit code) and with what."""

    run: Callable[[argparse.Namespace, Write], int]
    options: argparse.Namespace


def read_line(arguments: Sequence[str] | None) -> Line:
    """Exits with code 2 and a message if the arguments make no command."""
    options = _parser().parse_args(arguments)
    return Line(options.verb, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="datalox", description="Datalog programs: check, run, test, explain, measure them."
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for name, verb in VERBS.items():
        added = verbs.add_parser(name, help=verb.WORDS, description=verb.WORDS)
        added.set_defaults(verb=verb.run)
        verb.options(added)
    return parser
