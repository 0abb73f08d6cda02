"""What it takes the command line to begin: help, completion and versions, as processes of their own.

CPU time (user and system) of whole processes, medians; no API answers, the catalogue is the one a server of
this source would have sent before. Run alone: `python packages/mxc/benchmarks/bench_cli.py`. Prints one JSON
object.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from mxc.cli.catalogue import Shelf
from mxc.server.surfaces.app import api, exposures, route_modules

RUNS: Final = 15
AWAY: Final = "http://127.0.0.1:9"
COMPLETING: Final = {"_MXC_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "mxc memberships "}
PROGRAM: Final = [sys.executable, "-c", "from mxc.cli.main import main; main()"]


def cost_ms(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Milliseconds of CPU of one process, the median of the runs."""
    spent = []
    quiet = [(os.POSIX_SPAWN_OPEN, to, os.devnull, os.O_WRONLY, 0) for to in (1, 2)]
    for _ in range(RUNS):
        process = os.posix_spawn(command[0], command, environment, file_actions=quiet)
        used = os.wait4(process, 0)[2]
        spent.append(used.ru_utime + used.ru_stime)
    return round(median(spent) * 1e3, 1)


def main() -> dict[str, float]:
    with TemporaryDirectory() as home:
        known = {"HOME": home, "XDG_CACHE_HOME": home, "MXC_HOME": home, "MXC_COORDINATOR": AWAY}
        document = json.loads(api(exposures(route_modules()))[2].content)
        Shelf(AWAY, known)._keep(json.dumps({"data": document}), "kept")
        assert any(Path(home, "mxc").iterdir())
        environment = {"PATH": os.environ["PATH"], **known}
        figures = {"python itself, ms": cost_ms([sys.executable, "-c", "pass"], environment)}
        for words in (
            "--help", "version", "workloads create --help", "memberships list --help",
            "completion zsh", "nodes list",
        ):  # fmt: skip
            figures[f"mxc {words}, ms"] = cost_ms([*PROGRAM, *words.split()], environment)
        figures["a press of tab, ms"] = cost_ms(PROGRAM, environment | COMPLETING)
        return figures


if __name__ == "__main__":
    print(json.dumps(main(), ensure_ascii=False, indent=2))
