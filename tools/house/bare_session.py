"""Only the floor of access opens database sessions: everybody else gets one that knows its tenant."""

from collections.abc import Iterator, Sequence

from tools.house.source import SERVER, Finding, Source, calls

OPENERS = (
    "AsyncSession", "Session", "async_sessionmaker", "sessionmaker", "create_async_engine", "create_engine",
    "psycopg.connect", "AsyncConnection.connect", "AsyncConnectionPool",
)  # fmt: skip
ALLOWED = (
    SERVER + "kernel/access/",
    SERVER + "kernel/changes/",
    SERVER + "kernel/bus/",
    SERVER + "kernel/lease.py",
    SERVER + "migrations/",
    SERVER + "embedded/",
)


def check(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        if not source.below(SERVER) or not source.is_python or source.below(*ALLOWED):
            continue
        if source.below(SERVER + "kernel/facts/"):  # datalox has a Session too
            continue
        for name, call in calls(source):
            if name in OPENERS:
                message = f"{name}(…) knows no tenant: use store.session(tenant_id) or core.perform"
                yield Finding(source.path, call.lineno, message)
