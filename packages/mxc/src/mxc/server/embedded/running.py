"""The PostgreSQL that already runs from a directory: for commands beside the coordinator."""

from pathlib import Path

from mxc.server.embedded.failure import StartError
from mxc.server.embedded.postgres import DATABASE, USER

# `postmaster.pid`: the process, the directory, the start, the port, …
_PORT_LINE = 3


def running_dsn(data_dir: Path) -> str:
    """The owner's DSN. Raises StartError `database-not-running`."""
    root = data_dir.resolve()
    try:
        port = int((root / "cluster" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[_PORT_LINE])
        password = (root / "password").read_text(encoding="utf-8").strip()
    except (OSError, ValueError, IndexError):
        raise StartError(
            "database-not-running",
            f"No database runs from {data_dir}, or it is not ours to use.",
            hint="Start mxc, name its MXC_HOME, and be the user that runs it; or set DATABASE_URL.",
        ) from None
    return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{DATABASE}"
