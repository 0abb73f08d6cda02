"""Keeps one small process at hand that forks supervisors, and hears what they have to say."""

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import mxc

_log = logging.getLogger(__name__)
_SOURCE: Final = str(Path(mxc.__file__).parent.parent)
_PROGRAM: Final = (
    f"import sys; sys.path.insert(0, {_SOURCE!r}); "
    "from mxc.agent.runtimes import supervisor; supervisor.main()"
)
_READ_BYTES: Final = 65_536
_TRIES: Final = 5


class Nursery:
    """`told(key)` is called whenever the supervisor of that workload has news. Started when first needed.

    A nursery may be killed between hearing of a directory and forking for it, and nobody can tell which:
    what was asked for and gave no sign is asked of the next one. The claim in the directory lets only one
    supervisor begin.
    """

    def __init__(self, told: Callable[[str], None]) -> None:
        self._told = told
        self._process: subprocess.Popen[bytes] | None = None
        self._pidfd = -1
        self._news: dict[int, bytes] = {}
        """The pipe of each nursery that has supervisors, with the beginning of a line not yet whole."""
        self._asked: dict[str, tuple[Path, int]] = {}
        """By key the directories whose supervisor gave no sign yet, and how often it was asked for."""

    def supervise(self, place: Path) -> None:
        """Have a supervisor started for that directory. Raises OSError when there can be none."""
        _, tries = self._asked.get(place.name, (place, 0))
        self._asked[place.name] = (place, tries + 1)
        line = os.fsencode(place) + b"\n"
        try:
            self._write(line)
        except BrokenPipeError:
            self._leave()
            self._write(line)

    def forget(self, key: str) -> None:
        """Nobody waits for that supervisor any more."""
        self._asked.pop(key, None)

    def close(self) -> None:
        """End it; supervisors go on."""
        self._asked.clear()
        self._leave()
        for news in list(self._news):
            self._deafen(news)

    def _write(self, line: bytes) -> None:
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
        loop = asyncio.get_running_loop()
        os.set_blocking(news, False)
        self._news[news] = b""
        loop.add_reader(news, self._hear, news)
        self._pidfd = os.pidfd_open(self._process.pid)
        loop.add_reader(self._pidfd, self._gone)

    def _gone(self) -> None:
        """The nursery has ended, though nobody told it to: ask another for what is still to come."""
        self._leave()
        for news in list(self._news):
            self._hear(news)
        for place, tries in list(self._asked.values()):
            if tries >= _TRIES:
                continue
            try:
                self.supervise(place)
            except OSError as error:
                _log.warning("no nursery can be started for %s: %s", place.name, error)

    def _leave(self) -> None:
        """End the process; its pipe stays open for what its supervisors have to say."""
        if self._process is None:
            return
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._process = None

    def _hear(self, news: int) -> None:
        try:
            data = os.read(news, _READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            self._deafen(news)
            return
        *lines, self._news[news] = (self._news[news] + data).split(b"\n")
        for line in lines:
            key = os.fsdecode(line)
            self.forget(key)
            self._told(key)

    def _deafen(self, news: int) -> None:
        asyncio.get_running_loop().remove_reader(news)
        os.close(news)
        del self._news[news]
