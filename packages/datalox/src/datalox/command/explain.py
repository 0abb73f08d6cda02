"""`datalox explain FILE… ATOM [--now T]`"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

from datalox.command.programs import open_session
from datalox.diagnostics import DatalogError, Diagnostic
from datalox.parse.parser import parse_goals
from datalox.terms import Atom, Const, Literal

WORDS: Final = "say why a fact holds, or why it does not"


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--now", type=float, metavar="T", help="what the clock says")
    parser.add_argument("goal", metavar="ATOM", help="for example 'can_place(w1, n1)'")


def run(options: argparse.Namespace, write: Callable[[str], object]) -> int:
    """Prints a proof (0) or what stands in the way (1)."""
    atom = _atom(options.goal)
    session = open_session(options.files, options.now)
    pattern = [term.value if isinstance(term, Const) else ... for term in atom.terms]
    row = next(iter(session.query(atom.predicate, *pattern)), None)
    proof = session.explain(atom.predicate, *row) if row is not None else None
    if proof is not None:
        write(proof.text() + "\n")
        return 0
    write(session.why_not(atom.predicate, *pattern).text() + "\n")
    return 1


def _atom(text: str) -> Atom:
    goals = parse_goals(text, "<goal>")
    goal = goals[0]
    if len(goals) > 1 or not isinstance(goal, Literal) or goal.negated:
        raise DatalogError(
            [Diagnostic("syntax", "expected one atom", "for example 'can_place(w1, N)'", goal.span)]
        )
    return goal.atom
