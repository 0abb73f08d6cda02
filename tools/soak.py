"""`make soak`: run the long tests once, then the engine's properties again and again with fresh seeds.

SOAK_MINUTES (20) is how long; ARGS go to pytest: `make soak ARGS="-n 0 -k recursion"`. A failure ends it; its
seed, and the blob hypothesis prints, repeat it. A signal ends it too, and is not taken for a failure.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence

from tools.house.source import ROOT

PROPERTIES = "packages/datalox/tests/properties"
NOTHING_CHOSEN = 5


def pytest(*arguments: str) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--timeout", "1200", *arguments]
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if code < 0:
        told(f"ended by signal {-code}: neither failed nor finished")
        raise SystemExit(128 - code)
    return code


def told(words: str) -> None:
    sys.stdout.write(f"\n## {words}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    end = time.monotonic() + 60 * float(os.environ.get("SOAK_MINUTES", "20"))
    told("tests marked soak")
    code, rounds = pytest("-m", "soak", *arguments), 0
    failed = 0 if code == NOTHING_CHOSEN else code
    while not failed and time.monotonic() < end:
        seed = random.SystemRandom().randrange(2**32)
        rounds += 1
        told(f"round {rounds}, seed {seed}, {(end - time.monotonic()) / 60:.1f} minutes left")
        failed = pytest(PROPERTIES, "-m", "not soak", f"--hypothesis-seed={seed}", *arguments)
        if failed:
            told(f"to repeat: .venv/bin/pytest {PROPERTIES} --hypothesis-seed={seed}, or the blob above")
    return failed


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        told("interrupted: neither failed nor finished")
        sys.exit(130)
