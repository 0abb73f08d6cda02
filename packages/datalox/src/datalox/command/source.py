"""`datalox compile FILE…`"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

from datalox.command.programs import open_session

WORDS: Final = "print the Python made of the rules"


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE")


def run(options: argparse.Namespace, write: Callable[[str], object]) -> int:
    write(open_session(options.files, None).source() + "\n")
    return 0
