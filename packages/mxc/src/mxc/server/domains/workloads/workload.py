"""A workload: something that must run on one node."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.domains.workloads.constraint import Scalar, at_least, exact
from mxc.server.domains.workloads.workload_event import WorkloadEvent
from mxc.server.kernel.resource import (
    InPartition,
    Lifecycle,
    Listing,
    Paging,
    Resource,
    belongs_to,
    fact,
    fact_items,
    transition,
)
from mxc.server.kernel.resource.fields import (
    Cores,
    Count,
    Environment,
    Flag,
    Instant,
    Labels,
    Megabytes,
    Seconds,
    Strings,
    Text,
)


class WorkloadType(StrEnum):
    PROCESS = "process"
    MICROVM = "microvm"


class Status(StrEnum):
    PENDING = "pending"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Restart(StrEnum):
    NEVER = "never"
    ON_FAILURE = "on-failure"
    ALWAYS = "always"


class Strategy(StrEnum):
    SPREAD = "spread"
    PACK = "pack"
    RANDOM = "random"


OCCUPYING = frozenset({Status.STARTING, Status.RUNNING, Status.STOPPING})
MAX_BACKOFF = timedelta(minutes=5)
MAX_DOUBLINGS = 20
STOP_MARGIN = timedelta(seconds=30)
ENDED = frozenset({Status.STOPPED, Status.SUCCEEDED, Status.FAILED})


class Workload(InPartition, Resource):
    """A command (or a microVM) with its needs. `generation` counts attempts: reports of an older one lose."""

    __tablename__ = "workloads"

    type: Mapped[WorkloadType] = mapped_column(default=WorkloadType.PROCESS)
    status: Mapped[Status] = mapped_column(default=Status.PENDING)
    command: Mapped[Text]
    args: Mapped[Strings] = mapped_column(default=list)
    env: Mapped[Environment] = mapped_column(default=dict)
    cpu_required: Mapped[Cores] = mapped_column(default=1.0)
    memory_required: Mapped[Megabytes] = mapped_column(default=128)
    constraints: Mapped[Labels] = mapped_column(default=dict)
    strategy: Mapped[Strategy | None]
    priority: Mapped[Count] = mapped_column(default=0)
    restart_policy: Mapped[Restart] = mapped_column(default=Restart.ON_FAILURE)
    restart_max: Mapped[Count] = mapped_column(default=5)
    restart_count: Mapped[Count] = mapped_column(default=0)
    backoff_s: Mapped[Seconds] = mapped_column(default=1.0)
    stop_grace_s: Mapped[Seconds] = mapped_column(default=10.0)
    is_fenced: Mapped[Flag] = mapped_column(default=False)
    node_id: Mapped[UUID | None] = belongs_to("nodes", inverse="workloads")
    last_node_id: Mapped[UUID | None] = belongs_to("nodes", on_delete="clear", inverse="former_workloads")
    generation: Mapped[Count] = mapped_column(default=0)
    reason: Mapped[Text | None]
    error: Mapped[Text | None]
    ip: Mapped[Text | None]
    exit_code: Mapped[int | None]
    retry_at: Mapped[Instant | None]
    deadline_at: Mapped[Instant | None]
    started_at: Mapped[Instant | None]
    stopped_at: Mapped[Instant | None]
    is_deleting: Mapped[Flag] = mapped_column(default=False)

    lifecycle = Lifecycle(column="status", initial=Status.PENDING, generation="generation")
    journal = WorkloadEvent
    writable = (
        "type", "command", "args", "env", "cpu_required", "memory_required", "constraints", "strategy",
        "priority", "restart_policy", "restart_max", "backoff_s", "stop_grace_s", "is_fenced",
        "partition_id",
    )  # fmt: skip
    # What a running attempt was started with stays as it is.
    editable = (
        "constraints", "strategy", "priority", "restart_policy", "restart_max", "backoff_s", "stop_grace_s",
    )  # fmt: skip
    aliases: ClassVar[dict[str, str]] = {
        "cpu": "cpu_required",
        "memory_mb": "memory_required",
        "memory": "memory_required",
        "restart": "restart_policy",
    }
    paging = Paging(order=("-created_at",))
    listing = Listing(("command", "status", "node_id", "cpu_required", "memory_required", "started_at"))
    facts = (
        fact("workload", "id", "type", "status"),
        fact(
            "workload_placement",
            "id",
            "node_id",
            when=lambda w: w.node_id is not None and w.status in OCCUPYING,
        ),
        fact("workload_generation", "id", "generation"),
        fact("workload_resources", "id", "cpu_required", "memory_required"),
        fact("workload_priority", "id", "priority"),
        fact("workload_restart", "id", "restart_policy", "restart_count", "restart_max"),
        fact("workload_retry_at", "id", "retry_at", when=lambda w: w.retry_at is not None),
        fact("workload_deadline", "id", "deadline_at", when=lambda w: w.deadline_at is not None),
        fact("workload_reason", "id", "reason", when=lambda w: w.reason is not None),
        fact("workload_last_node", "id", "last_node_id", when=lambda w: w.last_node_id is not None),
        fact("workload_deleting", "id", when=lambda w: w.is_deleting),
        fact("workload_strategy", "id", "strategy"),
        fact("workload_partition", "id", "partition_id"),
        fact_items("workload_constraint", "id", "exact_constraints"),
        fact_items("workload_constraint_at_least", "id", "least_constraints"),
        fact_items("workload_event", "id", "event_times"),
    )

    @property
    def exact_constraints(self) -> dict[str, Scalar]:
        """What the node must equal."""
        return exact(self.constraints)

    @property
    def least_constraints(self) -> dict[str, float]:
        """What the node must have so much of, or more."""
        return at_least(self.constraints)

    @property
    def event_times(self) -> dict[str, datetime]:
        """When the present attempt reached its marks; the whole history is in the events table."""
        marks = {"created": self.created_at, "started": self.started_at, "stopped": self.stopped_at}
        return {name: at for name, at in marks.items() if at is not None}

    @transition({Status.PENDING: Status.STARTING}, internal=True)
    def place(self, node_id: UUID, deadline_s: float) -> None:
        """Reserve room on a node under a new generation."""
        self.node_id = node_id
        self.generation += 1
        self.deadline_at = self.now + timedelta(seconds=deadline_s)
        self.reason = self.error = self.exit_code = self.stopped_at = self.retry_at = None

    @transition({Status.STARTING: Status.RUNNING}, internal=True)
    def run(self) -> None:
        """The agent says the process runs."""
        self.deadline_at = None
        self.started_at = self.now

    @transition({Status.STARTING: Status.SUCCEEDED, Status.RUNNING: Status.SUCCEEDED}, internal=True)
    def succeed(self) -> None:
        """The process ended by itself with exit code 0."""
        self._end(reason="completed", exit_code=0)

    @transition(
        {Status.STARTING: Status.FAILED, Status.RUNNING: Status.FAILED, Status.STOPPING: Status.FAILED},
        internal=True,
    )
    def fail(self, reason: str, error: str = "", exit_code: int | None = None) -> None:
        """It ended, and not as wished: crashed, bad-command, node-lost, start-timeout, stop-timeout, refused.

        One that was being stopped keeps the reason it was stopped for: losing its node must not restart it.
        """
        self._end(reason=self.reason or reason, exit_code=exit_code)
        self.error = error or None
        self.retry_at = self.now + self._backoff()

    @transition(
        {Status.PENDING: Status.STOPPED, Status.STARTING: Status.STOPPING, Status.RUNNING: Status.STOPPING},
    )
    def stop(self, reason: str = "user-stopped") -> None:
        """Ask the process to end, kill it when the grace period is over; a pending workload is cancelled."""
        self._ask_to_stop(reason)

    @transition({Status.STOPPING: Status.STOPPED}, internal=True)
    def stopped(self, exit_code: int | None = None) -> None:
        """The process is gone, as asked."""
        self._end(reason=self.reason or "user-stopped", exit_code=exit_code)

    @transition(
        {Status.FAILED: Status.PENDING, Status.SUCCEEDED: Status.PENDING, Status.STOPPED: Status.PENDING}
    )
    def restart(self) -> None:
        """Run it again, as new: attempts are counted from zero."""
        self.restart_count = 0
        self._wait()

    @transition(
        {Status.FAILED: Status.PENDING, Status.SUCCEEDED: Status.PENDING, Status.STOPPED: Status.PENDING},
        internal=True,
    )
    def retry(self) -> None:
        """Run it again because its restart policy says so."""
        self.restart_count += 1
        self._wait()

    @transition(
        {
            Status.PENDING: Status.STOPPED,
            Status.STARTING: Status.STOPPING,
            Status.RUNNING: Status.STOPPING,
            Status.STOPPING: Status.STOPPING,
            Status.STOPPED: Status.STOPPED,
            Status.SUCCEEDED: Status.SUCCEEDED,
            Status.FAILED: Status.FAILED,
        }
    )
    def delete(self) -> None:
        """Stop it if it runs, then forget it."""
        self.is_deleting = True
        if self.status in {Status.STOPPING, Status.STOPPED}:
            self._ask_to_stop("deleted")

    def _backoff(self) -> timedelta:
        doublings = min(self.restart_count, MAX_DOUBLINGS)
        return min(MAX_BACKOFF, timedelta(seconds=self.backoff_s * 2**doublings))

    def _ask_to_stop(self, reason: str) -> None:
        self.reason = reason
        self.deadline_at = None
        if self.node_id is not None:
            self.deadline_at = self.now + timedelta(seconds=self.stop_grace_s) + STOP_MARGIN

    def _end(self, reason: str, exit_code: int | None) -> None:
        self.reason = reason
        self.exit_code = exit_code
        self.last_node_id, self.node_id = self.node_id, None
        self.deadline_at = None
        self.stopped_at = self.now

    def _wait(self) -> None:
        self.reason = self.error = self.exit_code = self.retry_at = self.stopped_at = None
