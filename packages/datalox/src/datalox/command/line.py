"""The command line: verbs and their options."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from datalox.command import check, explain, run, source, test

Write: TypeAlias = Callable[[str], object]
Run: TypeAlias = Callable[[argparse.Namespace, Write], int]


@dataclass(frozen=True, slots=True)
class Line:
    """What to do (`run` returns the exit code) and with what."""

    run: Run
    options: argparse.Namespace


def read_line(arguments: Sequence[str] | None) -> Line:
    """Exits with code 2 and a message if the arguments make no command."""
    options = _parser().parse_args(arguments)
    return Line(options.verb, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="datalox", description="Datalog programs: check, run, test, explain."
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for verb, run_verb, words in (
        ("check", check.run, "report every mistake of the programs taken together"),
        ("run", run.run, "print what follows from the programs"),
        ("test", test.run, "run test files (*.dlt), or those of a folder"),
        ("explain", explain.run, "say why a fact holds, or why it does not"),
        ("compile", source.run, "print the Python made of the rules"),
    ):
        added = verbs.add_parser(verb, help=words, description=words)
        added.set_defaults(verb=run_verb)
        _options(verb, added)
    return parser


def _options(verb: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE")
    if verb in ("run", "explain"):
        parser.add_argument("--now", type=float, metavar="T", help="what the clock says")
    if verb == "run":
        parser.add_argument("--query", metavar="GOALS", help="for example 'can_place(W, N), N != n1'")
    if verb == "explain":
        parser.add_argument("goal", metavar="ATOM", help="for example 'can_place(w1, n1)'")
