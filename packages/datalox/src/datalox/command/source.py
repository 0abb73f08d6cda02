"""`datalox compile FILE…`"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from datalox.command.programs import open_session


def run(options: argparse.Namespace, write: Callable[[str], object]) -> int:
    write(open_session(options.files, None).source() + "\n")
    return 0
