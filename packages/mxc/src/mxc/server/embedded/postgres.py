"""PostgreSQL from its wheel, as a child: durable, on loopback, with a password of its own.

Layout below `data_dir`: `cluster/` (the database), `password` (0600), `postgres.log`, `lock`, and, only when
the server's user cannot read the wheel, `postgres-<version>/` (a copy of the programs).
As root the server runs as another user, because PostgreSQL refuses to be root.
"""

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Final

from mxc.server.embedded import child
from mxc.server.embedded.binaries import may_enter, programs
from mxc.server.embedded.child import Owner
from mxc.server.embedded.failure import StartError

USER: Final = "mxc"
DATABASE: Final = "postgres"
_START_S: Final = 30.0
_STOP_S: Final = 10.0
_POLL_S: Final = 0.005
_PREFERRED_USERS: Final = ("mxc", "postgres", "nobody")
_SYSTEM_ROOT: Final = Path("/var/lib/mxc")
# What a second start may cure: backends of a killed server still leaving, or the chosen port just taken.
_PASSING_TROUBLE: Final = ("shared memory block", "Address already in use", "lock file", "starting up")
_INITDB: Final = (
    "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
    "--auth=scram-sha-256", "--data-checksums", "--sync-method=syncfs", "--no-instructions",
)  # fmt: skip
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    # A client that vanished while it signed in would hold up whoever drops a database, a minute by default.
    "authentication_timeout": "5s",
    "shared_buffers": "32MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Fewer processes: no I/O workers, no parallel or replication workers; no compiler in each backend.
    "io_method": "sync",
    "max_worker_processes": "1",
    "max_parallel_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "1",
    "jit": "off",
    "recovery_init_sync_method": "syncfs",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
}


class Postgres:
    """One PostgreSQL server over `data_dir`; `port` 0 picks a free one and keeps it for later starts."""

    def __init__(self, data_dir: Path, port: int = 0) -> None:
        self.port = port
        self.log = data_dir / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._asked_dir = data_dir.absolute()
        self._lock: IO[bytes] | None = None
        self._owner: Owner | None = None
        self._root = self._asked_dir

    def start(self) -> str:
        """Initialise when new, recover after a crash, start; returns the DSN once it accepts connections.

        Raises `StartError` (database-in-use, database-not-ours, database-start) with the log's last lines.
        """
        self._owner = _owner_for(self._asked_dir)
        self._root = _reachable(self._asked_dir, self._owner)
        self.log = self._root / "postgres.log"
        self._take_lock()
        try:
            self._initialise()
            _clear_leftovers(self._cluster)
            self._launch()
        except BaseException:
            self.stop()
            raise
        return self.dsn

    def stop(self) -> None:
        """Fast shutdown: sessions end, everything is on disk. Does nothing when it does not run."""
        if self.process is not None:
            child.stop(self.process, signal.SIGINT, _STOP_S)
            self.process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def dsn(self) -> str:
        """The owner's DSN; it holds the password, so it never goes to a log or a command line."""
        password = (self._root / "password").read_text().strip()
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def _cluster(self) -> Path:
        return self._root / "cluster"

    def _take_lock(self) -> None:
        lock = (self._root / "lock").open("a+b")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StartError(
                "database-in-use",
                f"Another process runs the database in {self._asked_dir}.",
                hint="Stop it first, or set MXC_HOME to another directory.",
            ) from None
        self._lock = lock

    def _initialise(self) -> None:
        """Make the cluster unless it exists; a half-made one never has that name."""
        if self._cluster.exists():
            return
        draft = self._root / "cluster.draft"
        shutil.rmtree(draft, ignore_errors=True)
        password = self._root / "password"
        _write_secret(password, secrets.token_urlsafe(32), self._owner)
        initdb = programs(self._root, self._owner) / "initdb"
        argv = [str(initdb), f"--username={USER}", f"--pwfile={password}", f"--pgdata={draft}", *_INITDB]
        process = child.spawn(
            argv, log=self.log, owner=self._owner, cwd=self._root, env=child.bare_environment()
        )
        if process.wait(_START_S) != 0:
            raise self._failure("PostgreSQL could not make its database.")
        draft.rename(self._cluster)

    def _launch(self) -> None:
        deadline = time.monotonic() + _START_S
        chosen = self.port
        while True:
            self.port = chosen or _free_port()
            self.process = self._spawn()
            if self._wait_ready(deadline):
                return
            self.process.wait()
            is_passing = any(trouble in child.tail(self.log) for trouble in _PASSING_TROUBLE)
            if not is_passing or time.monotonic() > deadline:
                raise self._failure("PostgreSQL did not start.")
            time.sleep(0.2)

    def _spawn(self) -> subprocess.Popen[bytes]:
        options = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
        postgres = programs(self._root, self._owner) / "postgres"
        argv = [str(postgres), "-D", str(self._cluster), "-p", str(self.port), *options]
        return child.spawn(
            argv,
            log=self.log,
            owner=self._owner,
            cwd=self._root,
            env=child.bare_environment(),
            on_our_death=signal.SIGINT,
        )

    def _wait_ready(self, deadline: float) -> bool:
        """True when it accepts connections, False when it ended instead."""
        assert self.process is not None
        while self.process.poll() is None:
            lines = _pid_file(self._cluster)
            if len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7] == "ready":
                return True
            if time.monotonic() > deadline:
                raise self._failure(f"PostgreSQL was not ready within {_START_S:.0f} s.")
            time.sleep(_POLL_S)
        return False

    def _failure(self, message: str) -> StartError:
        return StartError(
            "database-start",
            message,
            hint=f"The last lines of its log:\n{child.tail(self.log)}",
            place=str(self.log),
        )


def _owner_for(data_dir: Path) -> Owner | None:
    """Who the server runs as: ourselves (None), or, when we are root, the data's owner or a system user."""
    cluster = data_dir / "cluster"
    mine = os.geteuid()
    if cluster.exists() and cluster.stat().st_uid not in (mine, 0) and mine != 0:
        raise StartError(
            "database-not-ours",
            f"The database in {data_dir} belongs to user {cluster.stat().st_uid}, we are user {mine}.",
            hint="Start as that user or as root, or set MXC_HOME to another directory.",
        )
    if mine != 0:
        return None
    if cluster.exists() and cluster.stat().st_uid != 0:
        return Owner(cluster.stat().st_uid, cluster.stat().st_gid)
    entries = (_entry(name) for name in _PREFERRED_USERS)
    found = next((entry for entry in entries if entry is not None), None)
    if found is None:
        raise StartError(
            "database-start", "PostgreSQL refuses to run as root.", hint="Start as another user."
        )
    return Owner(found.pw_uid, found.pw_gid)


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _reachable(data_dir: Path, owner: Owner | None) -> Path:
    """`data_dir`, made; when a parent is closed to the server's user, a link to a directory that is not.

    The parents are never opened up: root's home stays as private as it was.
    """
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    if owner is not None and not data_dir.exists() and not may_enter(data_dir.parent, owner):
        _SYSTEM_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
        data_dir.unlink(missing_ok=True)
        data_dir.symlink_to(tempfile.mkdtemp(prefix="postgres-", dir=_SYSTEM_ROOT))
    data_dir.mkdir(mode=0o700, exist_ok=True)
    root = data_dir.resolve()
    if owner is not None:
        os.chown(root, owner.uid, owner.gid)
    return root


def _clear_leftovers(cluster: Path) -> None:
    """Let a server that outlived its parent end, and drop the pid file of one that was killed."""
    lines = _pid_file(cluster)
    if not lines:
        return
    pid = int(lines[0])
    for how, patience_s in ((signal.SIGINT, _STOP_S), (signal.SIGQUIT, _STOP_S), (signal.SIGKILL, 2.0)):
        if not _serves(pid, cluster):
            break
        os.kill(pid, how)
        _await_end(pid, cluster, patience_s)
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _await_end(pid: int, cluster: Path, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while _serves(pid, cluster) and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def _serves(pid: int, cluster: Path) -> bool:
    """Is that process a server of this cluster? Its number alone may have gone to somebody else."""
    try:
        argv = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return os.fsencode(cluster) in argv


def _pid_file(cluster: Path) -> list[str]:
    try:
        return [line.strip() for line in (cluster / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def _write_secret(path: Path, text: str, owner: Owner | None) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        if owner is not None:
            os.fchown(descriptor, owner.uid, owner.gid)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
