"""datalox beside engines one would consider: identical programs and data, CPU seconds from facts in memory to
all rows derived, and per single update. Prints JSON. To repeat, in packages/datalox:

    python -m venv peers && peers/bin/pip install . clingo duckdb pyDatalog
    apt-get install swi-prolog-nox
    peers/bin/python benchmarks/bench_peers.py [--limit SECONDS] [ENGINE …]

Every run has a process of its own; an engine that is not there is skipped with a word, one that takes longer
than the limit is stopped. SQLite comes with Python. None of them is needed by datalox.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from peer_engines import ENGINES
from peer_work import WORK

LIMIT = 120.0
Engine = Callable[[str], tuple[int, float, list[float]]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engines", nargs="*", default=list(ENGINES))
    parser.add_argument("--limit", type=float, default=LIMIT)
    parser.add_argument("--one", nargs=2, metavar=("ENGINE", "WORK"))
    options = parser.parse_args()
    if options.one:
        engine, work = options.one
        print(json.dumps(measured(ENGINES[engine], work)))
        return
    figures: dict[str, object] = {}
    for work in WORK:
        for engine in options.engines:
            figures |= {f"{work}, {name}": value for name, value in one(engine, work, options.limit).items()}
    print(json.dumps(figures, indent=1))


def measured(engine: Engine, work: str) -> dict[str, object]:
    """rows, and CPU seconds: from scratch, and the median of the updates if there are any."""
    rows, spent, updates = engine(work)
    found: dict[str, object] = {"rows": rows, "s": round(spent, 4)}
    if updates:
        found["ms per update"] = round(1e3 * statistics.median(updates), 3)
    return found


def one(engine: str, work: str, limit: float) -> dict[str, object]:
    """Figures of one engine on one piece of work, in a process of its own."""
    command = [sys.executable, str(Path(__file__)), "--one", engine, work]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return {engine: f"more than {limit:.0f} s"}
    lines = done.stderr.strip().splitlines()
    if done.returncode:
        return {engine: f"left out: {lines[-1] if lines else done.returncode}"}
    found = json.loads(done.stdout.splitlines()[-1])
    return {f"{engine} {name}": value for name, value in found.items()}


if __name__ == "__main__":
    main()
