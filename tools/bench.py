"""`make bench`: run every benchmark (or those named) and print their figures; `--json FILE` keeps them.

A benchmark is `packages/*/benchmarks/bench_<name>.py`; run as a program it prints a JSON object of figures,
or lines.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.house.source import ROOT


def benchmarks(names: Sequence[str]) -> list[Path]:
    found = sorted(ROOT.glob("packages/*/benchmarks/bench_*.py"))
    return [path for path in found if not names or path.stem.removeprefix("bench_") in names]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("names", nargs="*", help="for example engine; without: all of them")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep every figure, by benchmark")
    options = parser.parse_args(arguments)
    failed, kept = 0, dict[str, Any]()
    for path in benchmarks(options.names):
        sys.stdout.write(f"\n## {path.relative_to(ROOT)}\n")
        sys.stdout.flush()
        run = subprocess.run(
            [sys.executable, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
        )
        failed += run.returncode != 0
        figures = kept[path.stem] = _figures(run.stdout)
        sys.stdout.write(_shown(figures))
    if options.json:
        options.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return min(failed, 1)


def _figures(output: str) -> Any:
    try:
        return json.loads(output)
    except ValueError:
        return output.splitlines()


def _shown(figures: Any) -> str:
    if not isinstance(figures, dict):
        return "".join(f"{line}\n" for line in figures)
    return "".join(f"{name:<64}{_number(value):>12}\n" for name, value in figures.items())


def _number(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
