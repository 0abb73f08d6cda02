"""Documents of workloads and nodes as rows of a data table."""

import shlex
from collections.abc import Mapping
from typing import Any, Final

from mxc.server.hosting.design.data_table import Chip, Column, cell
from mxc.server.hosting.design.status import Status, status_of
from mxc.server.hosting.design.times import amount, memory
from mxc.server.hosting.design.wording import Names

Document = Mapping[str, Any]

WORKLOAD_COLUMNS: Final = (
    Column("command", "Command", kind="code"),
    Column("status", "Status", kind="status", width="32%"),
    Column("node", "Node", width="14%", wide=True),
    Column("cpu", "Cores", width="72px", right=True, wide=True),
    Column("memory", "Memory", width="88px", right=True, wide=True),
    Column("changed_at", "Changed", kind="time", width="112px", right=True, wide=True),
)
LONGEST_NAME: Final = 64
WORKLOAD_CHIPS: Final = tuple(
    Chip(word, word.capitalize()) for word in ("running", "pending", "failed", "stopped", "succeeded")
)
NODE_COLUMNS: Final = (
    Column("hostname", "Node"),
    Column("status", "Status", kind="status", width="24%"),
    Column("cpu", "Cores in use", width="132px", right=True, wide=True),
    Column("memory", "Memory in use", width="160px", right=True, wide=True),
    Column("hypervisor", "Hypervisor", width="120px", wide=True),
    Column("heartbeat", "Heartbeat", kind="time", width="112px", right=True),
)
NODE_CHIPS: Final = tuple(
    Chip(word, word.capitalize()) for word in ("available", "unavailable", "cordoned", "draining")
)


def command_of(document: Document) -> str:
    """The whole command line, quoted as a shell wants it."""
    return shlex.join([str(document["command"]), *map(str, document["args"])])


def short_command(document: Document) -> str:
    """The command line on one line, cut where it no longer tells anything."""
    words = " ".join(command_of(document).split())
    return words if len(words) <= LONGEST_NAME else f"{words[: LONGEST_NAME - 1]}…"


def program_of(document: Document) -> str:
    """The program's own name: what a proof calls a workload."""
    return str(document["command"]).rsplit("/", 1)[-1].split(" ", 1)[0][:32] or "workload"


def workload_status(document: Document, waiting: str | None) -> Status:
    """Its state, and what it waits for or ended of."""
    if document["is_deleting"]:
        return status_of("deleting", "waits until the process is gone")
    word = str(document["status"])
    if word == "pending":
        return status_of(word, f"waits for {waiting}" if waiting else "")
    return status_of(word, _ending(document) if word in ("failed", "stopped") else "")


def _ending(document: Document) -> str:
    code = document["exit_code"]
    parts = [
        document["reason"] or "",
        f"exit code {code}" if code is not None else "",
        document["error"] or "",
    ]
    return ", ".join(part for part in parts if part)


def workload_row(document: Document, names: Names, waiting: str | None) -> dict[str, Any]:
    """One row of the list of workloads."""
    node = names.get(str(document["node_id"]), "") if document["node_id"] else ""
    status = workload_status(document, waiting)
    labels = " ".join(f"{key}={value}" for key, value in document["constraints"].items())
    return {
        "id": document["id"],
        "href": f"/workloads/{document['id']}",
        "command": command_of(document),
        "status": status.cell(),
        "node": node,
        "cpu": document["cpu_required"],
        "memory": cell(memory(document["memory_required"]), document["memory_required"]),
        "changed_at": document["updated_at"],
        "tags": [status.word],
        "under": node or status.note,
        "search": f"{labels} {document['type']}",
    }


def node_status(document: Document) -> Status:
    """A silent node is unavailable, whatever the operator wants of it."""
    if document["removed_at"]:
        return status_of("removed")
    word = str(document["status"])
    if word == "available" and document["intent"] == "cordoned":
        return status_of("cordoned", "places nothing new")
    if document["intent"] == "draining" and document["liveness"] == "unavailable":
        return status_of("unavailable", "while draining")
    return status_of(word, "silent" if word == "unavailable" else "")


def node_row(document: Document) -> dict[str, Any]:
    """One row of the list of nodes."""
    status = node_status(document)
    cpu, memory_used = document["cpu_used"], document["memory_used"]
    return {
        "id": document["id"],
        "href": f"/nodes/{document['id']}",
        "hostname": document["hostname"],
        "status": status.cell(),
        "cpu": cell(f"{amount(cpu)} of {amount(document['cpu_total'])}", cpu / document["cpu_total"]),
        "memory": cell(
            f"{memory(memory_used)} of {memory(document['memory_total'])}",
            memory_used / document["memory_total"],
        ),
        "hypervisor": document["hypervisor"],
        "heartbeat": document["last_heartbeat_at"],
        "tags": [status.word],
        "under": f"{amount(document['cpu_total'])} cores, {memory(document['memory_total'])}",
        "search": " ".join(f"{key}={value}" for key, value in document["capabilities"].items()),
    }
