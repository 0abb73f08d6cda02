"""`datalox check | run | test | repl | explain | bench | compile`: the language on the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from datalox.command.line import read_line
from datalox.diagnostics import DatalogError


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 for yes, 1 for errors found or no answer, 2 for a wrong command line."""
    line = read_line(arguments)
    try:
        return line.run(line.options, sys.stdout.write)
    except DatalogError as refused:
        sys.stderr.write(f"{refused}\n")
    except BrokenPipeError:  # whoever read it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as failed:
        sys.stderr.write(f"{failed.filename}: {failed.strerror}\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
