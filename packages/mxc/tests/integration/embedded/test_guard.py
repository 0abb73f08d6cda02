"""The guard: children are started, restarted when they die, and ended in reverse order."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from mxc.server.embedded.failure import StartError
from mxc.server.embedded.guard import Guard
from mxc.server.embedded.program import Program

REPORT_AND_WAIT = "print('up', flush=True)\nwhile True: signal.pause()"
OBEDIENT = f"import signal\n{REPORT_AND_WAIT}"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{REPORT_AND_WAIT}"


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def guard(told: list[str]) -> Iterator[Guard]:
    guard = Guard(told.append)
    yield guard
    guard.stop()


def program(home: Path, code: str = OBEDIENT, grace_s: float = 5.0) -> Program:
    return Program([sys.executable, "-S", "-E", "-c", code], home / "log", dict(os.environ), grace_s)


def eventually(is_true: Callable[[], bool], within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def _same(server: Program) -> Program:
    return server


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_child_that_is_killed_runs_again(guard: Guard, told: list[str], tmp_path: Path) -> None:
    server = program(tmp_path)
    first = int(guard.add("it", lambda: server).result(5))
    os.kill(first, signal.SIGKILL)
    eventually(lambda: told[-1:] == ["it runs again"])
    assert server.process is not None
    assert server.process.pid != first
    assert told[0] == "it ended unexpectedly; starting it again"


def test_a_stop_ends_everything_even_the_stubborn(tmp_path: Path, told: list[str]) -> None:
    guard = Guard(told.append)
    servers = [program(tmp_path), program(tmp_path, STUBBORN, grace_s=0.2)]
    pids = [int(guard.add("it", partial(_same, server)).result(5)) for server in servers]
    eventually(lambda: (tmp_path / "log").read_text().count("up") == 2)
    guard.stop()
    assert not any(is_alive(pid) for pid in pids)
    assert told == []


def test_one_child_may_end_while_the_others_go_on(guard: Guard, tmp_path: Path) -> None:
    first, second = program(tmp_path), program(tmp_path)
    one = int(guard.add("one", lambda: first).result(5))
    two = int(guard.add("two", lambda: second).result(5))
    guard.end("one")
    assert not is_alive(one)
    assert is_alive(two)


def test_a_failed_start_is_told_to_who_asked(guard: Guard) -> None:
    def fail() -> Program:
        raise StartError("it-start", "It did not start.", hint="Look at its log.")

    with pytest.raises(StartError, match="It did not start"):
        guard.add("it", fail).result(5)
