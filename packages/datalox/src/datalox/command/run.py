"""`datalox run FILE… [--query GOALS] [--now T]`"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Final

from datalox.command.programs import open_session
from datalox.explain.wording import write_fact, write_value
from datalox.session.session import Session

WORDS: Final = "print what follows from the programs"


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--now", type=float, metavar="T", help="what the clock says")
    parser.add_argument("--query", metavar="GOALS", help="for example 'can_place(W, N), N != n1'")


def run(options: argparse.Namespace, write: Callable[[str], object]) -> int:
    session = open_session(options.files, options.now)
    lines = _derived(session) if options.query is None else _answers(session, options.query)
    count = 0
    for line in lines:
        write(line + "\n")
        count += 1
    return 0 if count or options.query is None else 1


def _answers(session: Session, query: str) -> Iterator[str]:
    """One line per answer; `yes.` for a query without variables that holds."""
    for answer in session.ask(query):
        yield ", ".join(f"{name} = {write_value(value)}" for name, value in answer.items()) or "yes."


def _derived(session: Session) -> Iterator[str]:
    for predicate in session.predicates():
        if predicate.rules and predicate.demand is None:
            for row in session.query(predicate.name, *[...] * predicate.arity):
                yield f"{write_fact(predicate.name, row)}."
