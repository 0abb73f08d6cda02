"""Stands by one process workload, apart from the agent, so that the agent may die and come back.

The agent starts one *nursery* (`main`): a small Python that forks a supervisor for each directory named on
its standard input. A supervisor forks the workload, writes its output to rotated files, ends it when told,
waits until every descendant is gone, and leaves in the directory:

    spec.json     the agent's: what to run
    stop          the agent's: grace in seconds, written before it sends us SIGTERM
    claim         this supervisor, or the agent that gave up waiting for one, was first
    state.json    it runs: pids and start times
    exit.json     it is over: exit code or signal, written last
    output.N.log  its output: `<unix time> <o|e> <line>`, capital letter when no newline followed

Only light modules of the standard library are imported: every supervisor shares their memory by fork.
"""

import ctypes
import json
import os
import resource
import select
import signal
import sys
from typing import Any, NoReturn

from mxc.agent import clock
from mxc.agent.runtimes.rotation import Rotation

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36
_LIBC = ctypes.CDLL(None, use_errno=True)
_READ_BYTES = 65_536
_LEFTOVER_GRACE_S = 5.0
_KILL_AGAIN_S = 0.05
_LOOK_MS = 10_000
_UMASK = 0o022


def main() -> None:
    """The nursery: fork a supervisor per line of standard input, until the agent is gone."""
    os.setsid()
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin.buffer:
        if os.fork() == 0:
            _supervise(os.fsdecode(line.rstrip(b"\n")))


def _supervise(directory: str) -> NoReturn:
    """The whole life of one workload. Whatever goes wrong with us is left in exit.json too."""
    try:
        os.setsid()
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        _LIBC.prctl(_PR_SET_NAME, b"mxc-supervisor", 0, 0, 0)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.chdir(directory)
        if not claim("."):
            os._exit(0)
        _Workload(read_json("spec.json")).live()
    except BaseException as error:  # noqa: BLE001 (nobody else is there to tell it)
        write_json("exit.json", {"error": f"supervisor: {error!r}", "reason": "lost", "at": clock.wall()})
    finally:
        _notify(directory)
        os._exit(0)


class _Workload:
    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = spec
        self._output = Rotation(".", spec["log_bytes"], spec["log_files"])
        self._streams: dict[int, bytes] = {}
        self._pid = 0
        self._status: int | None = None
        self._is_stopping = False
        self._is_forced = False
        self._kill_at: float | None = None
        self._poll = select.poll()
        self._wakeup = _wakeup_pipe()
        self._poll.register(self._wakeup, select.POLLIN)

    def live(self) -> None:
        trouble = self._launch()
        if trouble:
            os.waitpid(self._pid, 0)
            write_json("exit.json", {**json.loads(trouble), "at": clock.wall()})
            return
        write_json("state.json", self._state())
        _notify(os.getcwd())
        while not self._is_over():
            self._turn()
        self._drain()
        write_json("exit.json", self._ending())

    def _launch(self) -> bytes:
        """Fork and exec; returns what went wrong before exec as JSON, empty when it runs."""
        pipes = [os.pipe() for _ in range(3)]
        (out, out_end), (err, err_end), (trouble, trouble_end) = pipes
        self._pid = os.fork()
        if self._pid == 0:
            _become(self._spec, out_end, err_end, trouble_end)
        for end in (out_end, err_end, trouble_end):
            os.close(end)
        for end, name in ((out, b"o"), (err, b"e")):
            os.set_blocking(end, False)
            self._streams[end] = name
            self._poll.register(end, select.POLLIN)
        said = os.read(trouble, _READ_BYTES)
        os.close(trouble)
        return said

    def _turn(self) -> None:
        """Wait for output, an ended child, a request to stop, or the time to kill."""
        for descriptor, _ in self._poll.poll(self._patience_ms()):
            if descriptor == self._wakeup:
                self._hear(os.read(descriptor, 512))
            else:
                self._take(descriptor)
        if self._kill_at is not None and clock.monotonic() >= self._kill_at:
            self._is_forced = True
            self._signal_all(signal.SIGKILL)
            self._kill_at = clock.monotonic() + _KILL_AGAIN_S
        if not self._is_stopping and not os.path.exists("spec.json"):
            # Our directory was deleted, so nobody can ever ask for us again.
            self._stop()

    def _patience_ms(self) -> int:
        if self._kill_at is None:
            return _LOOK_MS
        return max(1, int((self._kill_at - clock.monotonic()) * 1000) + 1)

    def _hear(self, signals: bytes) -> None:
        if signal.SIGTERM in signals:
            self._stop()
        had_ended = self._status is not None
        self._reap()
        if self._status is not None and not had_ended and self._members():
            self._signal_all(signal.SIGTERM)
            self._kill_within(_LEFTOVER_GRACE_S)

    def _stop(self) -> None:
        self._is_stopping = True
        self._kill_within(_grace_s())
        try:
            os.killpg(self._pid, signal.SIGTERM)
        except ProcessLookupError:
            self._signal_all(signal.SIGTERM)

    def _kill_within(self, grace_s: float) -> None:
        at = clock.monotonic() + grace_s
        self._kill_at = at if self._kill_at is None else min(at, self._kill_at)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._pid:
                self._status = status

    def _is_over(self) -> bool:
        if self._status is None:
            return False
        self._reap()
        return not self._members()

    def _members(self) -> set[int]:
        """Everything that belongs to the workload: our descendants, and whatever is in its cgroup."""
        found = descendants(os.getpid())
        for path in self._spec["groups"]:
            found |= _listed(os.path.join(path, "cgroup.procs"))
        return found

    def _signal_all(self, how: signal.Signals) -> None:
        for pid in self._members():
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                continue

    def _take(self, descriptor: int) -> bool:
        """Copy a piece of output to the log; False when there is none now."""
        try:
            data = os.read(descriptor, _READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._poll.unregister(descriptor)
            os.close(descriptor)
            del self._streams[descriptor]
            return False
        self._output.write(self._streams[descriptor], data, clock.wall())
        return True

    def _drain(self) -> None:
        """All writers are gone: what is still in the pipes is the last there is."""
        for descriptor in list(self._streams):
            while self._take(descriptor):
                pass

    def _state(self) -> dict[str, object]:
        me = os.getpid()
        return {
            "pid": self._pid,
            "pid_ticks": start_ticks(self._pid),
            "supervisor": me,
            "supervisor_ticks": start_ticks(me),
            "boot": boot_id(),
            "started_at": clock.wall(),
        }

    def _ending(self) -> dict[str, object]:
        assert self._status is not None
        code = os.waitstatus_to_exitcode(self._status)
        return {
            "exit_code": code if code >= 0 else None,
            "signal": -code if code < 0 else None,
            "is_stopped": self._is_stopping,
            "is_forced": self._is_forced,
            "at": clock.wall(),
        }


def _become(spec: dict[str, Any], out: int, err: int, trouble: int) -> NoReturn:
    """In the child: become the command, within the limits. Failing, say so and end."""
    kind = "lost"
    try:
        os.setsid()
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if spec["memory_rlimit"]:
            resource.setrlimit(resource.RLIMIT_DATA, (spec["memory_rlimit"], spec["memory_rlimit"]))
        _forget_inherited()
        os.chdir(spec["cwd"])
        os.dup2(out, 1)
        os.dup2(err, 2)
        # Last, so that a small share of CPU is not spent on our own preparations.
        for path in spec["groups"]:
            enter(path)
        kind = "bad-command"
        os.execvpe(spec["argv"][0], spec["argv"], spec["env"])
    except BaseException as error:  # noqa: BLE001 (nothing may escape a forked child)
        said = {"reason": kind, "error": f"{spec['argv'][0]}: {getattr(error, 'strerror', None) or error}"}
        os.write(trouble, json.dumps(said).encode()[:_READ_BYTES])
    finally:
        os._exit(127)


def _forget_inherited() -> None:
    """What whoever started the agent had set (a shell's `&`, nohup, nice) is no business of a workload."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    os.umask(_UMASK)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, 0)
    except PermissionError:
        # Only root may undo a nice.
        return


def claim(directory: str) -> bool:
    """True for the first caller only: one supervisor per directory, or none once the agent gave it up."""
    try:
        os.close(os.open(os.path.join(directory, "claim"), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    except FileNotFoundError:
        return True
    return True


def enter(group: str) -> None:
    """Move the calling process into a cgroup directory."""
    with open(os.path.join(group, "cgroup.procs"), "w") as file:
        file.write(str(os.getpid()))


def descendants(root: int) -> set[int]:
    """Living processes below `root`; those that already ended and wait to be reaped do not count."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = _stat(int(name))
            if fields and fields[0] != b"Z":
                children.setdefault(int(fields[1]), []).append(int(name))
    found: set[int] = set()
    queue = [root]
    while queue:
        below = children.get(queue.pop(), [])
        found.update(below)
        queue.extend(below)
    return found


def start_ticks(pid: int) -> int:
    """When the process started, in ticks since boot; with the pid it names one process. 0 when it is gone."""
    fields = _stat(pid)
    return int(fields[19]) if fields else 0


def boot_id() -> str:
    """Changes with every boot."""
    with open("/proc/sys/kernel/random/boot_id") as file:
        return file.read().strip()


def read_json(path: str) -> dict[str, Any]:
    """One of the files above. Raises FileNotFoundError, ValueError."""
    with open(path, encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
        return found


def write_json(path: str, value: object) -> None:
    """Write the file whole, durably, or not at all."""
    with open(f"{path}.draft", "w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.draft", path)


def _stat(pid: int) -> list[bytes]:
    """/proc/<pid>/stat from the state on (the name before it may hold anything)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _listed(path: str) -> set[int]:
    try:
        with open(path) as file:
            return {int(line) for line in file}
    except OSError:
        return set()


def _grace_s() -> float:
    try:
        with open("stop") as file:
            return float(file.read())
    except (OSError, ValueError):
        return 10.0


def _wakeup_pipe() -> int:
    """A descriptor on which the numbers of arriving signals can be read."""
    reader, writer = os.pipe()
    for end in (reader, writer):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    return reader


def _notify(directory: str) -> None:
    """Tell the agent that something changed here; if it is gone it will look when it comes back."""
    try:
        os.write(1, os.fsencode(os.path.basename(directory)) + b"\n")
    except OSError:
        return
