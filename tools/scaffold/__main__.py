"""Write the files of one new thing, or none; print their paths."""

import subprocess
import sys

from tools.house.source import ROOT
from tools.scaffold.begun import Refused, begin


def main(kind: str, name: str, domain: str) -> int:
    """The exit code is 2 when the name or the place does not fit."""
    try:
        written = begin(ROOT, kind, name, domain)
    except Refused as refused:
        sys.stderr.write(f"error: {refused}\n")
        return 2
    sys.stdout.write("".join(f"{path}\n" for path in written))
    # A process of its own: this one has read the catalogue of before.
    return subprocess.run([sys.executable, "-m", "tools.docs"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
