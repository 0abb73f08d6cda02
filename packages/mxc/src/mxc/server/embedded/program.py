"""A program of ours as a guarded child."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from mxc.server.embedded import child


class Program:
    """Runs `argv` with additions to our environment, where secrets go; its output goes to `log`."""

    def __init__(
        self, argv: Sequence[str], log: Path, environment: Mapping[str, str], grace_s: float
    ) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._argv = argv
        self._log = log
        self._environment = environment
        self._grace_s = grace_s

    def start(self) -> str:
        """Start it; returns its process id as text."""
        self.process = child.spawn(self._argv, log=self._log, env=self._environment)
        return str(self.process.pid)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when the grace is over."""
        if self.process is not None:
            child.stop(self.process, signal.SIGTERM, self._grace_s)
            self.process = None
