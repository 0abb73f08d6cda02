"""What this machine can offer: found out at the start, overridden by settings."""

import os
import shutil
import socket
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import psutil

from mxc.agent.settings import AgentSettings
from mxc.protocol import Hello, Running, Scalar

_MB: Final = 1024 * 1024
_PROGRAMS: Final = {
    "qemu": f"qemu-system-{os.uname().machine}",
    "cloud-hypervisor": "cloud-hypervisor",
    "vfkit": "vfkit",
}


def describe(settings: AgentSettings, isolation: str, running: list[Running]) -> Hello:
    """The hello of this machine; `isolation` names the limits that work here."""
    detected: dict[str, Scalar] = {
        "isolation": isolation,
        "os": os.uname().sysname.lower(),
        "arch": os.uname().machine,
    }
    return Hello(
        hostname=socket.gethostname() or "unnamed",
        cpu_total=settings.cpu or float(len(os.sched_getaffinity(0))),
        memory_total=settings.memory or _memory_mb(),
        hypervisor=settings.hypervisor or _hypervisor(),
        capabilities=detected | dict(settings.capabilities),
        version=_version(),
        running=running,
    )


def _memory_mb() -> int:
    """The machine's, or our own cgroup's if that is less."""
    total = int(psutil.virtual_memory().total)
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            total = min(total, int(Path(path).read_text()))
        except (OSError, ValueError):
            continue
    return max(1, total // _MB)


def _hypervisor() -> str:
    return next((name for name, program in _PROGRAMS.items() if shutil.which(program)), "none")


def _version() -> str:
    try:
        return version("mxc")
    except PackageNotFoundError:
        return "unknown"
