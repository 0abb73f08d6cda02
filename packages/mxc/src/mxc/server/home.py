"""MXC_HOME: the directory of everything that is kept. One process at a time runs from it."""

import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import IO

from mxc.server.kernel.errors import Conflict


class Home:
    """Made on first use. Others may pass through it (the database's user must); secrets in it are 0600."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.logs = self.path / "logs"
        self.postgres = self.path / "postgres"
        self.nats = self.path / "nats"
        self.agent = self.path / "agent"
        self.command_line = self.path / "cli.json"
        self._lock: IO[str] | None = None

    def enter(self) -> None:
        """Make it and take it. Raises Conflict `home-in-use` when another process runs from it."""
        self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.logs.mkdir(mode=0o700, exist_ok=True)
        lock = (self.path / "lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise Conflict(
                f"mxc already runs from {self.path} (process {holder}).",
                code="home-in-use",
                hint="Stop it first, or set MXC_HOME (and PORT) to run a second one.",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def leave(self) -> None:
        """Let another process run from it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def secret_key(self) -> str:
        """The key that signs session cookies; made once."""
        key = self.secret("secret-key") or secrets.token_urlsafe(48)
        self.keep_secret("secret-key", key)
        return key

    def secret(self, name: str) -> str:
        """What is kept under `name`; empty when nothing is."""
        try:
            return (self.path / name).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""

    def keep_secret(self, name: str, text: str) -> None:
        """Keep it for the next start."""
        write_secret(self.path / name, text)

    def tell_command_line(self, url: str, token: str) -> None:
        """Leave address and token where the command line on this machine looks."""
        write_secret(self.command_line, json.dumps({"url": url, "token": token}, indent=2) + "\n")

    def command_line_token(self) -> str:
        """The token we left for the command line; empty when there is none."""
        try:
            return str(json.loads(self.command_line.read_text(encoding="utf-8")).get("token", ""))
        except (FileNotFoundError, ValueError):
            return ""


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    draft = path.with_name(path.name + ".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
