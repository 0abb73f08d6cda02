"""A workload's story: only what led to its present state, oldest first, in plain words."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from mxc.server.domains.workloads.story import chapter, steps, telling
from mxc.server.domains.workloads.workload_event import WorkloadEvent

NODE = UUID("432eb936-4efa-4b4a-9e12-a816bb0a4dca")
NAMES = {str(NODE): "one"}
AGENT, USER, SYSTEM = f"agent:{NODE}", "user:ada", "system:place"


def at(second: int) -> datetime:
    return datetime(2026, 1, 1, second=second, tzinfo=UTC)


def event(second: int, action: str, old: str | None, new: str, actor: str, **more: Any) -> WorkloadEvent:
    return WorkloadEvent(
        id=uuid4(), from_status=old, to_status=new, action=action, actor=actor, at=at(second),
        **{"generation": 1, "node_id": NODE, **more},
    )  # fmt: skip


def decision(second: int, action: str, key: UUID | None = None) -> dict[str, Any]:
    return {"id": key or uuid4(), "at": at(second), "action": action, "args": ["w", str(NODE)], "proof": {}}


PLACED = uuid4()
ATTEMPT = [
    event(3, "retry", "failed", "pending", "system:restart", node_id=None),
    event(4, "place", "pending", "starting", SYSTEM, generation=2, decision_id=PLACED),
    event(6, "run", "starting", "running", AGENT),
]
EARLIER = [event(0, "create", None, "pending", USER), event(1, "place", "pending", "starting", SYSTEM)]
DECISIONS = [decision(4, "place", PLACED), decision(5, "send start"), decision(7, "send start")]


def test_earlier_attempts_are_left_out() -> None:
    assert chapter([*EARLIER, *ATTEMPT]) == ATTEMPT
    assert chapter([]) == []


def test_decisions_and_reports_read_as_one_story() -> None:
    told = steps(ATTEMPT, DECISIONS, NAMES)
    assert [step.line().partition("UTC  ")[2] for step in told] == [
        "to be run again, by its restart policy → pending",
        "placed on one, generation 2 → starting",
        "one told to start it",
        "one reported it running → running",
    ]
    assert told[0].line().startswith("2026-01-01 00:00:03 UTC")


def test_the_placement_tells_why_it_runs() -> None:
    last = telling(ATTEMPT, steps(ATTEMPT, DECISIONS, NAMES))
    assert last is not None and last.decision is DECISIONS[0]


def test_what_a_person_asked_for_needs_no_proof() -> None:
    events = [*ATTEMPT, event(8, "stop", "running", "stopping", USER, reason="user-stopped")]
    told = steps(events, DECISIONS, NAMES)
    assert told[-1].words == "asked to stop by ada: user-stopped"
    assert telling(events, told) is None


def test_how_a_process_ended_by_itself_needs_no_proof_but_being_lost_does() -> None:
    crashed = [*ATTEMPT, event(8, "fail", "running", "failed", AGENT, reason="crashed")]
    assert telling(crashed, steps(crashed, DECISIONS, NAMES)) is None
    lost = uuid4()
    declared = event(8, "fail", "running", "failed", "system:fail", reason="node-lost", decision_id=lost)
    told = steps([*ATTEMPT, declared], [*DECISIONS, decision(8, "fail", lost)], NAMES)
    last = telling([*ATTEMPT, declared], told)
    assert last is not None and last.words == "declared failed: node-lost"
