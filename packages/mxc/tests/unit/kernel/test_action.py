"""Actions as values, and as methods on a row in memory."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from mxc.server.domains.workloads.node import Intent, Node
from mxc.server.domains.workloads.workload import Status, Workload
from mxc.server.domains.workloads.workload_event import WorkloadEvent
from mxc.server.kernel.errors import Conflict
from mxc.server.kernel.perform import defaults_of
from mxc.server.kernel.resource import spec_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def workload(**columns: Any) -> Workload:
    row = Workload(**{**defaults_of(spec_of(Workload)), "id": UUID(int=1), "command": "x", **columns})
    row.set_now(NOON)
    return row


def test_an_action_knows_its_resource_name_help_and_permission() -> None:
    assert Workload.stop.resource is Workload
    assert Workload.stop.permission == "workloads.stop"
    assert Workload.stop.help.startswith("Ask the process to end")
    assert Workload.create.permission == "workloads.create"
    assert not Workload.stop.internal
    assert Workload.place.internal
    assert Workload.stop == Workload.stop
    assert Workload.stop != Workload.restart


def test_signatures_are_argument_schemas() -> None:
    fields = spec_of(Workload).argument_models["place"].model_fields
    assert list(fields) == ["node_id", "deadline_s"]
    assert fields["node_id"].annotation is UUID
    assert spec_of(Workload).argument_models["stop"].model_fields["reason"].default == "user-stopped"


def test_run_on_a_row_moves_it_and_the_body_sees_the_new_state() -> None:
    row = workload(status=Status.RUNNING, node_id=UUID(int=2))
    row.stop("evicted")
    assert (row.status, row.reason) == (Status.STOPPING, "evicted")
    assert row.deadline_at is not None


def test_a_refused_move_changes_nothing() -> None:
    row = workload()
    with pytest.raises(Conflict) as refused:
        row.restart()
    assert row.status is Status.PENDING
    assert refused.value.details["allowed"] == ["delete", "stop"]
    assert refused.value.details["from"] == ["failed", "stopped", "succeeded"]


def test_the_time_is_given_or_unknown() -> None:
    row = Node(id=UUID(int=1), intent=Intent.SCHEDULABLE)
    with pytest.raises(LookupError):
        row.delete()
    row.set_now(NOON)
    row.delete()
    assert row.removed_at == NOON


def test_what_every_resource_can_do_and_a_journal_cannot() -> None:
    assert {"create", "update", "delete", "purge"} <= spec_of(Node).actions.keys()
    assert dict(spec_of(WorkloadEvent).actions) == {}
    assert spec_of(Node).actions["purge"].removes
    assert not spec_of(Node).actions["delete"].removes
