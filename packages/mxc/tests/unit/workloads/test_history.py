"""What happened to a workload, in words."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from mxc.server.domains.workloads.pages.history import latest
from mxc.server.domains.workloads.workload_event import WorkloadEvent

WORKLOAD = UUID("4102b498-cdce-4d4d-8af7-6c04cb8731d2")


def event(action: str, old: str | None, new: str, second: int = 0) -> WorkloadEvent:
    return WorkloadEvent(
        id=uuid4(), workload_id=WORKLOAD, from_status=old, to_status=new, action=action, generation=1,
        actor="user:ada", at=datetime(2026, 1, 1, second=second, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("action", "old", "new", "words"),
    [
        ("create", None, "pending", "created, pending"),
        ("place", "pending", "starting", "pending → starting"),
        ("delete", "stopped", "stopped", "deleted"),
        ("delete", "running", "stopping", "running → stopping"),
        ("mend", "running", "running", "mend"),
    ],
)
def test_an_event_says_what_changed(action: str, old: str | None, new: str, words: str) -> None:
    assert event(action, old, new).change == words


def test_the_latest_of_a_workload_names_it_by_its_command_else_its_short_id() -> None:
    events = [event("delete", "failed", "failed", 2), event("fail", "running", "failed", 1)]
    assert [each.title for each in latest(events, {str(WORKLOAD): "sleep 60"})] == ["sleep 60: deleted"]
    assert latest(events, {})[0].note.endswith("; 1 more change before")
    assert [each.title for each in latest(events, {})] == ["4102b498: deleted"]
