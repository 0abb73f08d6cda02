"""The process runtime: workloads as processes, each with a supervisor that outlives the agent."""

import asyncio
import logging
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mxc.agent import clock
from mxc.agent.runtimes.limits import Limits, Usage
from mxc.agent.runtimes.nursery import Nursery
from mxc.agent.runtimes.supervisor import boot_id, claim, read_json, start_ticks, write_json
from mxc.protocol import Reason, Start

_log = logging.getLogger(__name__)
_SPAWN_S: Final = 10.0
_CLAIMED_S: Final = 2.0
_LOG_FILES: Final = 4
_MB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ending:
    """How a workload ended; `pid` and `started_at` when it had really run."""

    reason: Reason
    at: float
    exit_code: int | None = None
    signal: int | None = None
    error: str = ""
    pid: int | None = None
    started_at: float | None = None


@dataclass(slots=True)
class Process:
    """A workload that runs: `key` names its generation, `pid` its first process."""

    key: str
    pid: int
    started_at: float
    supervisor: int
    pidfd: int = field(repr=False)


class ProcessRuntime:
    """Starts, adopts, measures and ends processes. `ended(key, ending)` is called once for each that ran."""

    def __init__(self, directory: Path, limits: Limits, ended: Callable[[str, Ending], None]) -> None:
        self.directory = directory
        self.limits = limits
        self.running: dict[str, Process] = {}
        self._ended = ended
        self._nursery = Nursery(self._on_news)
        self._waiting: dict[str, asyncio.Future[None]] = {}

    async def start(self, key: str, start: Start) -> Process | Ending:
        """Run it under `key`. Returns the process, or how it ended before it was one. Raises OSError.

        What gives no sign in time is given up for good: its claim is taken, or it is adopted after all.
        """
        place = self.directory / key
        (place / "work").mkdir(mode=0o700, parents=True, exist_ok=True)
        groups = self.limits.prepare(key, start.cpu, start.memory)
        write_json(str(place / "spec.json"), self._spec(key, start, groups))
        told = self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            self._nursery.supervise(place)
            await asyncio.wait({told}, timeout=_SPAWN_S)
        finally:
            self._waiting.pop(key, None)
            self._nursery.forget(key)
        return self.adopt(key)

    def adopt(self, key: str) -> Process | Ending:
        """Take charge of what runs under `key`, or learn how it ended, even while we were away.

        Never tells `ended`. What was never started, and now never will be, counts as lost.
        """
        place = self.directory / key
        _await_sign(place)
        if (place / "exit.json").exists() or not (place / "state.json").exists():
            return self._ending(key)
        state = read_json(str(place / "state.json"))
        supervisor = int(state["supervisor"])
        try:
            pidfd = os.pidfd_open(supervisor)
        except ProcessLookupError:
            return self._ending(key)
        if state["boot"] != boot_id() or start_ticks(supervisor) != state["supervisor_ticks"]:
            os.close(pidfd)
            return self._ending(key)
        process = Process(key, int(state["pid"]), float(state["started_at"]), supervisor, pidfd)
        self.running[key] = process
        asyncio.get_running_loop().add_reader(pidfd, self._gone, key)
        return process

    def adopt_ended(self, key: str) -> Ending:
        """How something that is over had ended; as if stopped when nothing of it is kept."""
        if not (self.directory / key / "exit.json").exists():
            return Ending(Reason.STOPPED, clock.wall())
        return self._ending(key)

    def stop(self, key: str, grace_s: float) -> None:
        """Ask it to end, and have it killed after `grace_s`; `ended` tells when all of it is gone."""
        process = self.running.get(key)
        if process is None:
            return
        write_json(str(self.directory / key / "stop"), grace_s)
        try:
            signal.pidfd_send_signal(process.pidfd, signal.SIGTERM)
        except ProcessLookupError:
            return

    def usage(self) -> dict[str, Usage]:
        """What each running workload uses."""
        return {key: self.limits.usage(key, process.supervisor) for key, process in self.running.items()}

    def close(self) -> None:
        """Leave; what runs goes on running."""
        for process in self.running.values():
            asyncio.get_running_loop().remove_reader(process.pidfd)
            os.close(process.pidfd)
        self.running.clear()
        self._nursery.close()

    def discard(self, key: str) -> None:
        """Delete its output and working directory."""
        shutil.rmtree(self.directory / key, ignore_errors=True)

    def _spec(self, key: str, start: Start, groups: list[str]) -> dict[str, object]:
        work = str(self.directory / key / "work")
        # Nothing of the agent's own environment but the path: it may hold the agent's token.
        env = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": work}
        env |= {"MXC_WORKLOAD": str(start.workload), "MXC_GENERATION": str(start.generation)}
        return {
            "argv": [start.command, *start.args],
            "env": env | start.env,
            "cwd": work,
            "groups": groups,
            "memory_rlimit": self.limits.memory_rlimit(start.memory),
            "log_bytes": max(1, start.log_mb * _MB // _LOG_FILES),
            "log_files": _LOG_FILES,
        }

    def _gone(self, key: str) -> None:
        """The supervisor has ended, so the workload has."""
        process = self.running.pop(key)
        asyncio.get_running_loop().remove_reader(process.pidfd)
        os.close(process.pidfd)
        self._ended(key, self._ending(key))

    def _ending(self, key: str) -> Ending:
        """Read how it ended; when its supervisor was killed, make sure nothing of it is left."""
        place = self.directory / key
        try:
            found = read_json(str(place / "exit.json"))
        except FileNotFoundError:
            error = "was killed" if (place / "state.json").exists() else "did not start"
            found = {"reason": "lost", "error": f"its supervisor {error}", "at": self._last_sign(place)}
            self._kill_rest(key)
        state = read_json(str(place / "state.json")) if (place / "state.json").exists() else {}
        ending = Ending(
            reason=self._reason(key, found),
            at=float(found["at"]),
            exit_code=found.get("exit_code"),
            signal=found.get("signal"),
            error=str(found.get("error", "")),
            pid=state.get("pid"),
            started_at=state.get("started_at"),
        )
        self.limits.remove(key)
        return ending

    def _reason(self, key: str, found: dict[str, object]) -> Reason:
        if "reason" in found:
            return Reason(str(found["reason"]))
        if found.get("is_stopped"):
            return Reason.STOPPED
        if found.get("exit_code") == 0:
            return Reason.COMPLETED
        return Reason.OUT_OF_MEMORY if self.limits.out_of_memory(key) else Reason.CRASHED

    def _last_sign(self, place: Path) -> float:
        """The last moment we know it was alive, for a report without a better one."""
        return max((path.stat().st_mtime for path in place.glob("*")), default=0.0)

    def _kill_rest(self, key: str) -> None:
        """Its first process died with its supervisor; kill what is left in the cgroup and the session."""
        pids = set(self.limits.members(key))
        try:
            state = read_json(str(self.directory / key / "state.json"))
            if state["boot"] == boot_id():
                pids |= _session(int(state["pid"]))
        except FileNotFoundError:
            pass
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def _on_news(self, key: str) -> None:
        waiting = self._waiting.get(key)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)


def _await_sign(place: Path) -> None:
    """When a supervisor is just starting (it has made its claim), wait a moment for its first word.

    When none has, make the claim ourselves: then none will start.
    """
    deadline = clock.monotonic() + _CLAIMED_S
    while not ((place / "state.json").exists() or (place / "exit.json").exists()):
        if claim(str(place)) or clock.monotonic() > deadline:
            return
        clock.pause(0.005)


def _session(leader: int) -> set[int]:
    """Living processes whose session was opened by that pid."""
    found = set()
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.getsid(int(name)) == leader:
                    found.add(int(name))
            except ProcessLookupError:
                continue
    return found
