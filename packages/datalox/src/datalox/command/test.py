"""`datalox test PATH… [--coverage] [--coverage-json FILE] [--fail-under PERCENT]`"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from datalox.diagnostics import DatalogError
from datalox.testing import Case, Coverage, collect

WORDS: Final = "run test files (*.dlt), or those of a folder"
BELOW: Final = 3
"""Exit code where every test passed and the coverage is too low."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH")
    parser.add_argument(
        "--coverage",
        action="store_true",
        help="which rules never fired, which conditions no test needs",
    )
    parser.add_argument("--coverage-json", metavar="FILE", help="write the coverage to a file")
    parser.add_argument(
        "--fail-under",
        type=float,
        metavar="PERCENT",
        help=f"exit with {BELOW} if less was tried",
    )


def run(options: argparse.Namespace, write: Callable[[str], object]) -> int:
    """1 if a test failed, a file could not be read, or there was none."""
    wanted = options.coverage or options.coverage_json or options.fail_under is not None
    coverage = Coverage() if wanted else None
    passed = failed = 0
    for path in options.paths:
        for case in _collected(path, write):
            outcome = case.outcome(coverage) if case is not None else None
            if outcome is not None:
                write(f"{outcome}\n")
            ok = outcome is not None and outcome.passed
            passed, failed = passed + ok, failed + (not ok)
    write(f"{passed} passed, {failed} failed\n")
    low = coverage is not None and _report(coverage, options, write)
    return 1 if failed or not passed else BELOW if low else 0


def _collected(path: str, write: Callable[[str], object]) -> list[Case | None]:
    """The cases of a file or folder; None for each file that is no test file."""
    if not Path(path).is_dir():
        return _read(path, write)
    files = sorted(str(file) for file in Path(path).rglob("*.dlt"))
    return [case for file in files for case in _read(file, write)]


def _read(file: str, write: Callable[[str], object]) -> list[Case | None]:
    try:
        return [*collect(file)]
    except DatalogError as refused:
        write(f"FAIL  {file}\n{refused}\n")
        return [None]


def _report(coverage: Coverage, options: argparse.Namespace, write: Callable[[str], object]) -> bool:
    """Whether less than asked for was covered."""
    if options.coverage:
        write(coverage.text() + "\n")
    if options.coverage_json:
        text = json.dumps(coverage.json(), indent=2)
        Path(options.coverage_json).write_text(text + "\n", encoding="utf-8")
    if options.fail_under is None or coverage.percent >= options.fail_under:
        return False
    write(f"coverage {coverage.percent:.1f} % is below {options.fail_under:g} %\n")
    return True
