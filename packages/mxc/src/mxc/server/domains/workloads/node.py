"""A node: a machine whose agent runs workloads for us."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, String, case, cast
from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.kernel.resource import (
    InPartition,
    Listing,
    Resource,
    action,
    computed,
    creation,
    fact,
    fact_items,
)
from mxc.server.kernel.resource.fields import Cores, Count, Instant, Labels, Megabytes, Name, NonNegative


class Hypervisor(StrEnum):
    NONE = "none"
    QEMU = "qemu"
    CLOUD_HYPERVISOR = "cloud-hypervisor"
    VFKIT = "vfkit"


class Liveness(StrEnum):
    """What we observe: are heartbeats arriving?"""

    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"


class Intent(StrEnum):
    """What the operator wants of the node."""

    SCHEDULABLE = "schedulable"
    CORDONED = "cordoned"
    DRAINING = "draining"


def _status(node: "type[Node]", now: ColumnElement[datetime]) -> ColumnElement[str]:
    return case((node.intent == Intent.DRAINING, "draining"), else_=cast(node.liveness, String))


class Node(InPartition, Resource):
    """A machine with an agent. Its id lives on the agent's disk, so a new hostname is the same node."""

    __tablename__ = "nodes"

    hostname: Mapped[Name]
    cpu_total: Mapped[Cores]
    memory_total: Mapped[Megabytes]
    hypervisor: Mapped[Hypervisor] = mapped_column(default=Hypervisor.NONE)
    capabilities: Mapped[Labels] = mapped_column(default=dict)
    liveness: Mapped[Liveness] = mapped_column(default=Liveness.UNAVAILABLE)
    intent: Mapped[Intent] = mapped_column(default=Intent.SCHEDULABLE)
    last_heartbeat_at: Mapped[Instant | None]
    cpu_used: Mapped[NonNegative] = mapped_column(default=0.0)
    memory_used: Mapped[Count] = mapped_column(default=0)
    agent_version: Mapped[Name] = mapped_column(default="unknown")
    removed_at: Mapped[Instant | None]

    create = creation(internal=True, help="Its agent says hello for the first time.")
    editable = ("intent", "partition_id")
    called = "hostname"
    listing = Listing(("hostname", "status", "cpu_total", "memory_total", "last_heartbeat_at"))
    facts = (
        fact("node", "id", "hostname", "status", when=lambda node: node.removed_at is None),
        fact("node_liveness", "id", "liveness", when=lambda node: node.removed_at is None),
        fact("node_intent", "id", "intent", when=lambda node: node.removed_at is None),
        fact("node_removed", "id", when=lambda node: node.removed_at is not None),
        fact("node_resources", "id", "cpu_total", "memory_total"),
        fact("node_observed", "id", "cpu_used", "memory_used"),
        fact(
            "node_heartbeat", "id", "last_heartbeat_at", when=lambda node: node.last_heartbeat_at is not None
        ),
        fact_items("node_capability", "id", "capabilities"),
        fact("node_hypervisor", "id", "hypervisor"),
        fact("node_partition", "id", "partition_id"),
    )

    @computed(sql=_status)
    def status(self) -> str:
        """draining wins over unavailable wins over available."""
        if self.intent is Intent.DRAINING:
            return "draining"
        return self.liveness.value

    @action
    def cordon(self) -> None:
        """Place nothing new here; what runs stays."""
        self.intent = Intent.CORDONED

    @action
    def uncordon(self) -> None:
        """Place here again; also ends a drain."""
        self.intent = Intent.SCHEDULABLE

    @action
    def drain(self) -> None:
        """Place nothing new here and move what runs elsewhere."""
        self.intent = Intent.DRAINING

    @action(internal=True)
    def join(
        self,
        hostname: Name,
        cpu_total: Cores,
        memory_total: Megabytes,
        hypervisor: Hypervisor,
        capabilities: Labels,
        agent_version: Name,
    ) -> None:
        """Its agent says hello: what the machine is now."""
        self.hostname, self.agent_version = hostname, agent_version
        self.cpu_total, self.memory_total = cpu_total, memory_total
        self.hypervisor, self.capabilities = hypervisor, capabilities
        self.last_heartbeat_at = self.now
        self.liveness = Liveness.AVAILABLE

    @action(internal=True)
    def mark_unavailable(self) -> None:
        """Its lease ran out."""
        self.liveness = Liveness.UNAVAILABLE

    @action(internal=True)
    def mark_available(self) -> None:
        """Its heartbeats arrive again."""
        self.liveness = Liveness.AVAILABLE

    @action
    def delete(self) -> None:
        """Tombstone: what runs here stops, and the node never comes back under this id."""
        self.removed_at = self.now
