"""The whole system as a user starts it: `mxc up` in a process of its own, its API, its command line."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import psutil

READY: Final = "mxc is ready: "
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: its status and its JSON document."""

    status: int
    document: dict[str, Any]

    @property
    def data(self) -> Any:
        return self.document["data"]


class System:
    """One `mxc up` (or `mxc <verb>`) below `home`, on a free port unless the environment says otherwise.

    `with System(home) as system` starts it, waits until it is ready, and stops it.
    """

    def __init__(self, home: Path, verb: str = "up", **environment: str) -> None:
        self.home = home
        self.verb = verb
        self.environment = {**_bare_environment(), "MXC_HOME": str(home), "PORT": "0", **environment}
        self.url = ""
        self.output: list[str] = []
        self.started_in_s = 0.0
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None, "start it first"
        return self._process

    def start(self, within_s: float = 30.0, until: str = READY) -> str:
        """Start it and wait for a line that begins with `until`; returns the rest of that line."""
        began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mxc.cli.main", self.verb],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        rest = self.wait_for_line(until, within_s)
        self.started_in_s = time.monotonic() - began
        if until == READY:
            self.url = rest.split()[0]
        return rest

    def wait_for_line(self, beginning: str, within_s: float = 30.0) -> str:
        """The rest of the next line that begins so. Fails with everything that was printed."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"no line began with {beginning!r} within {within_s} s:\n{self.printed}")
            if line.startswith(beginning):
                return line.removeprefix(beginning).strip()

    @property
    def printed(self) -> str:
        """All that it printed until now."""
        return "".join(self.output)

    def stop(self, how: signal.Signals = signal.SIGINT, within_s: float = 40.0) -> int:
        """End it as a user would; returns its exit code. Does nothing when it does not run."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            return self._process.wait(within_s)
        finally:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    def kill(self, name: str) -> int:
        """kill -9 one of its processes: coordinator, postgres, nats-server or agent; returns its number."""
        pid = self.processes()[name].pid
        os.kill(pid, signal.SIGKILL)
        return pid

    def processes(self) -> dict[str, psutil.Process]:
        """Its long-running processes by name; workloads and database sessions are not among them."""
        found = {"coordinator": psutil.Process(self.process.pid)}
        for child in found["coordinator"].children():
            try:
                command = " ".join(child.cmdline())
            except psutil.NoSuchProcess:
                continue  # it ended as we looked
            for name in ("postgres", "nats-server"):
                if name in command.split(" ")[0]:
                    found[name] = child
            if command.endswith("-m mxc.agent"):
                found["agent"] = child
        return found

    @property
    def token(self) -> str:
        """What the command line was given."""
        return str(json.loads((self.home / "cli.json").read_text())["token"])

    def call(self, method: str, path: str, body: object = None, timeout_s: float = 30.0) -> Answer:
        """Ask the API with the command line's token."""
        request = urllib.request.Request(
            f"{self.url}/api{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout_s) as answer:
                return Answer(answer.status, _document(answer.read()))
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, _document(refusal.read()))

    def get(self, path: str) -> Any:
        """The data of a document that must be there."""
        answer = self.call("GET", path)
        assert answer.status == 200, answer
        return answer.data

    def mxc(self, *arguments: str, within_s: float = 30.0) -> subprocess.CompletedProcess[str]:
        """Run the command line beside it."""
        return subprocess.run(
            [sys.executable, "-m", "mxc.cli.main", *arguments],
            env=self.environment | {"PORT": ""},
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                self.output.append(line)
                self._lines.put(line)
        except ValueError:
            return
        self._lines.put(None)


def until(look: Callable[[], Found], within_s: float = 15.0, what: str = "") -> Found:
    """What `look` returns as soon as it is truthy; fails with the last thing seen."""
    deadline = time.monotonic() + within_s
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s: {what or look}; last seen {seen!r}")
        time.sleep(0.02)


def _bare_environment() -> Mapping[str, str]:
    """Our environment without what would change the system's settings."""
    ours = ("MXC_", "DATABASE_", "NATS_", "PORT", "POOL_SIZE", "SECRET_KEY_BASE", "PYTHONWARNINGS")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _document(body: bytes) -> dict[str, Any]:
    document = json.loads(body) if body else {}
    return document if isinstance(document, dict) else {"data": document}
