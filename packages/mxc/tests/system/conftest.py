"""Whole systems for the stories: started as a user would, gone afterwards with everything they started."""

import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from mxc.testing.system import System

Start = Callable[..., System]


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory that the database's user may pass through; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="mxc-system-") as home:
        Path(home).chmod(0o711)
        yield Path(home) / "home"


@pytest.fixture
def system(home: Path) -> Iterator[System]:
    """`mxc up`, ready."""
    with System(home) as system:
        yield system
        assert system.stop() == 0, system.printed
    assert not left_over(home), "processes outlived the system"


def left_over(home: Path) -> list[str]:
    """The command lines of processes that still work below this home."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or [])
        if str(home) in command and process.status() != psutil.STATUS_ZOMBIE:
            found.append(command)
    return found


@pytest.fixture
def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
