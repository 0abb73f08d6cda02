"""CPU and memory limits: cgroup v2, else v1, else rlimits; which works is found out by doing it."""

import logging
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import psutil

from mxc.agent.runtimes.supervisor import descendants, enter

_log = logging.getLogger(__name__)
_PERIOD_US: Final = 100_000
_LEAST_QUOTA_US: Final = 1_000
_MB: Final = 1024 * 1024
_PROBE: Final = "probe"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a workload has used: CPU seconds since its start, bytes of memory now."""

    cpu_s: float
    memory: int


class Limits(Protocol):
    """One way to confine. `key` names one generation of one workload; every method may be repeated."""

    name: str

    def prepare(self, key: str, cpu: float, memory_mb: int) -> list[str]:
        """Make the confinement; returns the cgroup directories its processes must enter."""

    def memory_rlimit(self, memory_mb: int) -> int:
        """Bytes for RLIMIT_DATA, 0 when something better bounds memory."""

    def usage(self, key: str, supervisor: int) -> Usage:
        """What is used now by everything below that supervisor."""

    def out_of_memory(self, key: str) -> bool:
        """Did the kernel kill something in it for memory?"""

    def members(self, key: str) -> set[int]:
        """Processes in it, when it can tell."""

    def remove(self, key: str) -> None:
        """Forget it; its processes are gone."""


class Cgroup2:
    """One directory per workload below our own, in the unified hierarchy."""

    name = "cgroup2"

    def __init__(self, base: Path) -> None:
        self._base = base

    def prepare(self, key: str, cpu: float, memory_mb: int) -> list[str]:
        group = self._base / key
        group.mkdir(parents=True, exist_ok=True)
        (group / "cpu.max").write_text(f"{_quota(cpu)} {_PERIOD_US}")
        (group / "memory.max").write_text(str(memory_mb * _MB))
        for file, value in (("memory.swap.max", "0"), ("memory.oom.group", "1")):
            if (group / file).exists():
                (group / file).write_text(value)
        return [str(group)]

    def memory_rlimit(self, memory_mb: int) -> int:
        return 0

    def usage(self, key: str, supervisor: int) -> Usage:
        group = self._base / key
        file_cache = _fields(group / "memory.stat").get("inactive_file", 0)
        return Usage(
            _fields(group / "cpu.stat").get("usage_usec", 0) / 1e6,
            max(0, _number(group / "memory.current") - file_cache),
        )

    def out_of_memory(self, key: str) -> bool:
        return _fields(self._base / key / "memory.events").get("oom_kill", 0) > 0

    def members(self, key: str) -> set[int]:
        return _pids(self._base / key)

    def remove(self, key: str) -> None:
        _rmdir(self._base / key)


class Cgroup1:
    """One directory per workload in each of the hierarchies cpu, memory and (to measure) cpuacct."""

    name = "cgroup1"

    def __init__(self, cpu: Path, memory: Path, cpuacct: Path | None) -> None:
        self._cpu = cpu
        self._memory = memory
        self._cpuacct = cpuacct

    def prepare(self, key: str, cpu: float, memory_mb: int) -> list[str]:
        groups = self._groups(key)
        for group in groups:
            group.mkdir(parents=True, exist_ok=True)
        (self._cpu / key / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
        (self._cpu / key / "cpu.cfs_quota_us").write_text(str(_quota(cpu)))
        (self._memory / key / "memory.limit_in_bytes").write_text(str(memory_mb * _MB))
        return [str(group) for group in groups]

    def memory_rlimit(self, memory_mb: int) -> int:
        return 0

    def usage(self, key: str, supervisor: int) -> Usage:
        stat = _fields(self._memory / key / "memory.stat")
        nanoseconds = _number(self._cpuacct / key / "cpuacct.usage") if self._cpuacct else 0
        return Usage(nanoseconds / 1e9, stat.get("total_rss", 0))

    def out_of_memory(self, key: str) -> bool:
        return _fields(self._memory / key / "memory.oom_control").get("oom_kill", 0) > 0

    def members(self, key: str) -> set[int]:
        return _pids(self._memory / key) | _pids(self._cpu / key)

    def remove(self, key: str) -> None:
        for group in self._groups(key):
            _rmdir(group)

    def _groups(self, key: str) -> list[Path]:
        bases = dict.fromkeys(base for base in (self._cpu, self._memory, self._cpuacct) if base is not None)
        return [base / key for base in bases]


class Rlimits:
    """Memory per process only (RLIMIT_DATA); the CPU share cannot be bounded so."""

    name = "rlimits"

    def prepare(self, key: str, cpu: float, memory_mb: int) -> list[str]:
        return []

    def memory_rlimit(self, memory_mb: int) -> int:
        return memory_mb * _MB

    def usage(self, key: str, supervisor: int) -> Usage:
        cpu_s, memory = 0.0, 0
        for pid in descendants(supervisor):
            try:
                process = psutil.Process(pid)
                times = process.cpu_times()
                cpu_s += times.user + times.system + times.children_user + times.children_system
                memory += process.memory_info().rss
            except psutil.Error:
                continue
        return Usage(cpu_s, memory)

    def out_of_memory(self, key: str) -> bool:
        return False

    def members(self, key: str) -> set[int]:
        return set()

    def remove(self, key: str) -> None:
        return


def detect(node: str) -> Limits:
    """The best that works here for an agent of that name (a path component)."""
    for make in (_cgroup2, _cgroup1):
        limits = make(f"mxc-{node}")
        if limits is not None:
            fault = _try(limits)
            if not fault:
                return limits
            _log.info("%s cannot be used here: %s", limits.name, fault)
    return Rlimits()


def _try(limits: Limits) -> str:
    """Confine a real process; returns why that failed, empty when it worked."""
    try:
        groups = limits.prepare(_PROBE, 0.5, 64)
        pid = os.fork()
        if pid == 0:
            _wait_inside(groups)
        try:
            _, status = os.waitpid(pid, 0)
            return "" if status == 0 else "a process could not enter"
        finally:
            limits.remove(_PROBE)
    except OSError as error:
        return f"{error.filename or 'cgroup'}: {error.strerror}"


def _wait_inside(groups: list[str]) -> None:
    """In the child: enter and check that we are in."""
    code = 1
    try:
        signal.alarm(5)
        for group in groups:
            enter(group)
        if all(os.getpid() in _pids(Path(group)) for group in groups):
            code = 0
    finally:
        os._exit(code)


def _cgroup2(name: str) -> Limits | None:
    mounts = _mounts("cgroup2")
    if not mounts:
        return None
    mount, root, _ = mounts[0]
    own = next((path for controllers, path in _own_groups() if not controllers), "/")
    base = _inside(mount, root, own)
    try:
        if not {"cpu", "memory"} <= set((base / "cgroup.controllers").read_text().split()):
            return None
        (base / name).mkdir(exist_ok=True)
        for group in (base, base / name):
            (group / "cgroup.subtree_control").write_text("+cpu +memory")
    except OSError as error:
        _log.info("cgroup2 cannot be used here: %s: %s", error.filename, error.strerror)
        return None
    return Cgroup2(base / name)


def _cgroup1(name: str) -> Limits | None:
    found: dict[str, Path] = {}
    for mount, root, options in _mounts("cgroup"):
        for controllers, path in _own_groups():
            for controller in set(controllers) & set(options):
                found[controller] = _inside(mount, root, path) / name
    if "cpu" not in found or "memory" not in found:
        return None
    return Cgroup1(found["cpu"], found["memory"], found.get("cpuacct"))


def _mounts(kind: str) -> list[tuple[Path, str, list[str]]]:
    """(mount point, the group that is its root, options) of every mount of that kind."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        fields, (fstype, _, options) = left.split(), right.split(" ", 2)
        if fstype == kind:
            found.append((Path(fields[4]), fields[3], options.split(",")))
    return found


def _own_groups() -> list[tuple[list[str], str]]:
    """(controllers, path) of the groups we are in; no controllers means the unified hierarchy."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    return [
        ([name for name in names.split(",") if name], path)
        for _, names, path in (s.split(":", 2) for s in lines)
    ]


def _inside(mount: Path, root: str, path: str) -> Path:
    """Where our group is below the mount; its top when what we see is not ours to name (in a container)."""
    below = path.removeprefix(root) if root != "/" else path
    here = mount / below.lstrip("/")
    return here if here.is_dir() else mount


def _quota(cpu: float) -> int:
    return max(_LEAST_QUOTA_US, int(cpu * _PERIOD_US))


def _fields(path: Path) -> dict[str, int]:
    try:
        pairs = (line.split() for line in path.read_text().splitlines())
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2}
    except OSError:
        return {}


def _number(path: Path) -> int:
    try:
        return int(path.read_text())
    except OSError:
        return 0


def _pids(group: Path) -> set[int]:
    try:
        return {int(line) for line in (group / "cgroup.procs").read_text().split()}
    except OSError:
        return set()


def _rmdir(group: Path) -> None:
    try:
        group.rmdir()
    except FileNotFoundError:
        return
    except OSError as error:
        _log.warning("%s stays: %s", group, error.strerror)
