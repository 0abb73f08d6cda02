"""`make bench`: run every benchmark (or those named) and print their figures.

A benchmark is `packages/*/benchmarks/bench_<name>.py`; run as a program it prints a JSON object of figures.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.house.source import ROOT


def benchmarks(names: Sequence[str]) -> list[Path]:
    found = sorted(ROOT.glob("packages/*/benchmarks/bench_*.py"))
    return [path for path in found if not names or path.stem.removeprefix("bench_") in names]


def main(names: Sequence[str]) -> int:
    failed = 0
    for path in benchmarks(names):
        sys.stdout.write(f"\n## {path.relative_to(ROOT)}\n")
        sys.stdout.flush()
        run = subprocess.run(
            [sys.executable, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
        )
        failed += run.returncode != 0
        sys.stdout.write(_shown(run.stdout))
    return min(failed, 1)


def _shown(output: str) -> str:
    try:
        figures = json.loads(output)
    except ValueError:
        return output
    return "".join(f"{name:<48}{_number(value):>12}\n" for name, value in figures.items())


def _number(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
