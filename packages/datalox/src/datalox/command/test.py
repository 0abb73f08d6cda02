"""`datalox test PATH…`"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from datalox.testing import collect


def run(options: argparse.Namespace, write: Callable[[str], object]) -> int:
    failed = 0
    outcomes = [case.outcome() for path in options.files for case in collect(path)]
    for outcome in outcomes:
        failed += not outcome.passed
        write(f"{outcome}\n")
    write(f"{len(outcomes) - failed} passed, {failed} failed\n")
    return 1 if failed or not outcomes else 0
