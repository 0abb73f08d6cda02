"""Keeps one small process at hand that forks supervisors, and hears what they have to say."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import mxc

_SOURCE: Final = str(Path(mxc.__file__).parent.parent)
_PROGRAM: Final = (
    f"import sys; sys.path.insert(0, {_SOURCE!r}); "
    "from mxc.agent.runtimes import supervisor; supervisor.main()"
)
_READ_BYTES: Final = 65_536


class Nursery:
    """`told(key)` is called whenever the supervisor of that workload has news. Started when first needed."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self._told = told
        self._process: subprocess.Popen[bytes] | None = None
        self._news = -1
        self._rest = b""

    def supervise(self, place: Path) -> None:
        """Have a supervisor started for that directory. Raises OSError when there can be none."""
        line = os.fsencode(place) + b"\n"
        try:
            self._write(line)
        except BrokenPipeError:
            self.close()
            self._write(line)

    def close(self) -> None:
        """End it; supervisors go on."""
        if self._process is None:
            return
        asyncio.get_running_loop().remove_reader(self._news)
        os.close(self._news)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._process = None

    def _write(self, line: bytes) -> None:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            self._start()
        assert self._process is not None
        assert self._process.stdin is not None
        os.write(self._process.stdin.fileno(), line)

    def _start(self) -> None:
        news, end = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-E", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=end,
                cwd="/",
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            )
        except OSError:
            os.close(news)
            raise
        finally:
            os.close(end)
        os.set_blocking(news, False)
        self._news, self._rest = news, b""
        asyncio.get_running_loop().add_reader(news, self._hear)

    def _hear(self) -> None:
        data = os.read(self._news, _READ_BYTES)
        if not data:
            asyncio.get_running_loop().remove_reader(self._news)
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._told(os.fsdecode(line))
