"""A workload event: one row for every transition of a workload."""

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Mapped

from mxc.server.kernel.resource import Journal, Listing, Partitioned, computed, index
from mxc.server.kernel.resource.fields import Count, Instant, Text

PAST: Final[dict[str, str]] = {"create": "created", "delete": "deleted", "stop": "asked to stop"}


class WorkloadEvent(Partitioned, Journal):
    """Append only: who moved the workload from which state to which, why, and the decision that proves it."""

    __tablename__ = "workload_events"

    workload_id: Mapped[UUID]
    from_status: Mapped[Text | None]
    to_status: Mapped[Text]
    action: Mapped[Text]
    generation: Mapped[Count]
    node_id: Mapped[UUID | None]
    reason: Mapped[Text | None]
    actor: Mapped[Text]
    decision_id: Mapped[UUID | None]
    at: Mapped[Instant]

    indexes = index("workload_id", "at")
    listing = Listing(("at", "workload_id", "change", "reason", "actor"))

    @computed
    def change(self) -> str:
        """In words: from which state to which; what was done, where that changed no state."""
        done = PAST.get(self.action, self.action)
        if self.from_status is None:
            return f"{done}, {self.to_status}"
        return done if self.from_status == self.to_status else f"{self.from_status} → {self.to_status}"
