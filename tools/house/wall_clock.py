"""Time is an argument: the wall clock is read in clock modules only."""

from collections.abc import Iterator, Sequence

from tools.house.source import Finding, Source, calls

READS = (
    ".time.time", ".time.time_ns", ".time.localtime",
    ".datetime.now", ".datetime.utcnow", ".datetime.today", ".date.today",
)  # fmt: skip


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        if not source.is_shipped or source.name.stem == "clock":
            continue
        for name, call in calls(source):
            if f".{name}".endswith(READS):
                message = f"{name}() reads the wall clock: take the time as an argument, or ask a Clock"
                yield Finding(source.path, call.lineno, message)
