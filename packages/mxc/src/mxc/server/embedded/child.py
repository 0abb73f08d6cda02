"""Child processes that never outlive us: in a session of their own, told when we die, logged to a file."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LOG_LIMIT_BYTES = 10_000_000
# Loaded here because nothing may be imported or allocated carelessly between fork and exec.
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Owner:
    """The user a child runs as, by numbers: it needs no entry in the user database."""

    uid: int
    gid: int


def spawn(
    argv: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    owner: Owner | None = None,
    cwd: Path | None = None,
    on_our_death: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `argv` with its output appended to `log`; it gets `on_our_death` when the calling thread ends.

    Call it from a thread that lives as long as the child should: the kernel ties the signal to the thread,
    not to the process. Its own session keeps the terminal's Ctrl-C from it, so that we order the ending.
    """
    become = owner if os.geteuid() == 0 else None
    with open_log(log, become) as output:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_die_with_parent(os.getpid(), on_our_death),
            user=become.uid if become else None,
            group=become.gid if become else None,
            extra_groups=[] if become else None,
        )


def bare_environment() -> dict[str, str]:
    """Nothing of ours: a server needs no secret of our environment, and PG* would mislead PostgreSQL."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def open_log(log: Path, owner: Owner | None = None) -> "_Log":
    """Open a log for appending, mode 0600; one that grew past 10 MB becomes `<name>.1` first."""
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_name(log.name + ".1"))
    return _Log(log, owner)


class _Log:
    """A log file open for the length of a `with`: the child keeps its own copy of the descriptor."""

    def __init__(self, path: Path, owner: Owner | None) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        if owner is not None:
            os.fchown(self._descriptor, owner.uid, owner.gid)

    def __enter__(self) -> int:
        return self._descriptor

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def stop(process: subprocess.Popen[bytes], how: signal.Signals, grace_s: float) -> int:
    """Ask with `how`, kill after `grace_s` seconds; returns the exit code (negative: a signal)."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            return process.wait(grace_s)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def tail(log: Path, lines: int = 8) -> str:
    """The last lines of a log, for an error message."""
    if not log.exists():
        return "(no log was written)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _die_with_parent(parent: int, how: signal.Signals) -> Callable[[], None]:
    def ask_the_kernel() -> None:
        # Runs after the change of user, which would clear the request.
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask_the_kernel
