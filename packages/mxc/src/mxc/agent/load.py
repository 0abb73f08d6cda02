"""The load our workloads cause, measured."""

from typing import Final

from mxc.agent.runtimes.limits import Usage
from mxc.agent.runtimes.process import ProcessRuntime
from mxc.protocol import Heartbeat

_MB: Final = 1024 * 1024


class Load:
    """Turns CPU seconds into cores by comparing with the measurement before."""

    def __init__(self, runtime: ProcessRuntime) -> None:
        self._runtime = runtime
        self._before: dict[str, Usage] = {}
        self._at: float | None = None

    def measure(self, at: float) -> Heartbeat:
        """`at` is monotonic seconds. The first measurement after a start knows no CPU share yet."""
        usage = self._runtime.usage()
        passed = at - self._at if self._at is not None else 0.0
        used_s = sum(
            max(0.0, now.cpu_s - before.cpu_s)
            for key, now in usage.items()
            if (before := self._before.get(key, Usage(0.0, 0) if self._at is not None else None)) is not None
        )
        self._before, self._at = usage, at
        return Heartbeat(
            cpu_used=round(used_s / passed, 3) if passed > 0 else 0.0,
            memory_used=sum(item.memory for item in usage.values()) // _MB,
            workloads=len(usage),
        )
