"""`datalox explain FILE… ATOM [--now T] [--all] [--json]`"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from datalox.command.programs import open_session
from datalox.diagnostics import DatalogError, Diagnostic
from datalox.explain.proof import Proof
from datalox.explain.refusal import Refusal
from datalox.parse.parser import parse_goals
from datalox.terms import Atom, Const, Literal

WORDS: Final = "say why a fact holds, or why it does not and what would help"
PROOFS: Final = 100
"""How many proofs --all prints at most."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("goal", metavar="ATOM", help="for example 'can_place(w1, n1)'")
    parser.add_argument("--now", type=float, metavar="T", help="what the clock says")
    parser.add_argument("--all", action="store_true", help=f"every proof, lowest first, up to {PROOFS}")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace, write: Callable[[str], object]) -> int:
    """Prints proofs (0) or what stands in the way (1)."""
    atom = read_atom(options.goal)
    session = open_session(options.files, options.now)
    pattern = [term.value if isinstance(term, Const) else ... for term in atom.terms]
    row = next(iter(session.query(atom.predicate, *pattern)), None)
    if row is None:
        _show([session.why_not(atom.predicate, *pattern)], options.json, write)
        return 1
    proofs = session.proofs(atom.predicate, *row)
    _show(list(islice(proofs, PROOFS if options.all else 1)), options.json, write)
    return 0


def _show(found: Sequence[Proof | Refusal], as_json: bool, write: Callable[[str], object]) -> None:
    for number, each in enumerate(found, 1):
        if as_json:
            write(json.dumps(each.json(), indent=2) + "\n")
            continue
        if len(found) > 1:
            write(f"--- proof {number} of {len(found)}\n")
        write(each.text() + "\n")


def read_atom(text: str) -> Atom:
    """Raises DatalogError for anything but one atom."""
    goals = parse_goals(text, "<goal>")
    goal = goals[0]
    if len(goals) > 1 or not isinstance(goal, Literal) or goal.negated:
        raise DatalogError(
            [Diagnostic("syntax", "expected one atom", "for example 'can_place(w1, N)'", goal.span)]
        )
    return goal.atom
