"""Stories of what shows many things: figures, data table, timeline."""

from datetime import UTC, datetime, timedelta
from typing import Final

from mxc.server.hosting.design.data_table import Chip, Column, DataTable, Ordering, cell
from mxc.server.hosting.design.markup import box
from mxc.server.hosting.design.panel import figure, panel
from mxc.server.hosting.design.status import Tone, status_of
from mxc.server.hosting.design.timeline import Entry, timeline
from mxc.server.hosting.design.times import memory

EPOCH: Final = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
COMMANDS: Final = (
    ("python3 -m http.server 8080", "running", ""),
    ("/opt/render --scene <b>atrium</b> --samples 4096", "pending", "room: needs 64 cores"),
    ("sleep 3600", "starting", ""),
    ("./migrate --dry-run", "failed", "crashed, exit code 1"),
    ("backup.sh /srv/data", "succeeded", ""),
    ("worker --queue mail", "stopped", "user-stopped"),
    ("probe", "thawing", ""),
)  # fmt: skip
COLUMNS: Final = (
    Column("command", "Command", kind="code"),
    Column("status", "Status", kind="status", width="34%"),
    Column("cpu", "Cores", width="72px", right=True, wide=True),
    Column("memory", "Memory", width="88px", right=True, wide=True),
    Column("started_at", "Started", kind="time", width="112px", right=True, wide=True),
)


def lists() -> None:
    """Draws them."""
    with panel("Figures", flush=True), box("m-figures"):
        figure("Nodes", "11", "of 12 healthy")
        figure("Workloads running", "1\u202f204", "of 1\u202f260")
        figure("Cores", "312.5", "of 384", share=312.5 / 384)
        figure("Memory", memory(1_450_000), f"of {memory(1_500_000)}", share=0.966)
    with panel("Data table", flush=True):
        DataTable(
            COLUMNS,
            [_row(index) for index in range(len(COMMANDS) * 3)],
            noun="workloads",
            chips=(Chip("running", "Running"), Chip("pending", "Pending"), Chip("failed", "Failed")),
            order=Ordering("command"),
        )
    with panel("Timeline", flush=True):
        timeline(
            [_entry(index, word) for index, word in enumerate(("running", "starting", "pending", "failed"))]
        )


def _row(index: int) -> dict[str, object]:
    command, word, note = COMMANDS[index % len(COMMANDS)]
    return {
        "id": f"{index:08x}-0000-4000-8000-000000000000",
        "command": command,
        "status": status_of(word, note).cell(),
        "cpu": 0.5 * (1 + index % 8),
        "memory": cell(memory(128 * (1 + index % 20)), 128 * (1 + index % 20)),
        "started_at": (EPOCH + timedelta(minutes=7 * index)).isoformat(),
        "tags": [word],
        "under": f"{0.5 * (1 + index % 8)} cores",
    }


def _entry(index: int, word: str) -> Entry:
    at = (EPOCH - timedelta(minutes=3 * index)).isoformat()
    return Entry(at, f"became {word}", "on node-a, generation 2, by the core", Tone(status_of(word).tone))
