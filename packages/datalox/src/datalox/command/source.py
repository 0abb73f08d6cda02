"""`datalox compile FILE… [--plan] [--predicate NAME]`"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Final

from datalox.command.programs import open_session

WORDS: Final = "print the Python made of the rules, each function headed by its rule and its join order"


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--plan", action="store_true", help="the rules and their join orders alone")
    parser.add_argument("--predicate", metavar="NAME", help="the rules of one predicate alone")


def run(options: argparse.Namespace, write: Callable[[str], object]) -> int:
    """1 if there is nothing to show. Plans go by the facts the programs state."""
    session = open_session(options.files, None)
    session.prepare()
    parts = list(_parts(session.source(), options.predicate))
    for title, lines in parts:
        shown = [line for line in lines if line.startswith("#")] if options.plan else lines
        write("\n".join([title, *shown]).rstrip() + "\n\n")
    return 0 if parts else 1


def _parts(source: str, predicate: str | None) -> Iterator[tuple[str, list[str]]]:
    """(title, lines) of each function."""
    title, lines = "", list[str]()
    for line in [*source.splitlines(), "# ---- "]:
        if line.startswith("# ---- "):
            named = title.removeprefix("# ---- ").startswith((f"{predicate}/", f"{predicate} "))
            if title and (predicate is None or named):
                yield title, lines
            title, lines = line, []
        else:
            lines.append(line)
