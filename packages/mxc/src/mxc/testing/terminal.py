"""pytest fixtures: `mxc` as people and scripts run it, a process of its own in a home of its own."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from mxc.testing.served import Served


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs `mxc` in a home of its own."""

    home: Path
    url: str
    token: str

    async def start(self, *args: str, **environment: str) -> asyncio.subprocess.Process:
        """The running process, with nothing of our environment but what is given."""
        known = {"PATH": os.environ["PATH"], "HOME": str(self.home), "MXC_HOME": str(self.home / "mxc")}
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "mxc.cli.main", *args, cwd=self.home, env={**known, **environment},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def bare(self, *args: str, given: str = "", **environment: str) -> Ran:
        """Runs it to its end, without a token."""
        process = await self.start(*args, **environment)
        async with asyncio.timeout(30):
            out, err = await process.communicate(given.encode())
        return Ran(process.returncode or 0, out.decode(), err.decode())

    async def run(self, *args: str, given: str = "") -> Ran:
        """Runs it to its end, as an administrator."""
        return await self.bare(*args, given=given, MXC_API_TOKEN=self.token, MXC_COORDINATOR=self.url)


@pytest.fixture
def shell(served: Served, tmp_path: Path) -> Shell:
    """A terminal of an administrator of the running API."""
    return Shell(tmp_path, served.url, served.token)
