"""A workload event: one row for every transition of a workload."""

from uuid import UUID

from sqlalchemy.orm import Mapped

from mxc.server.kernel.resource import Journal, Listing
from mxc.server.kernel.resource.fields import Count, Instant, Text


class WorkloadEvent(Journal):
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

    indexes = (("workload_id", "at"),)
    listing = Listing(("at", "workload_id", "from_status", "to_status", "reason", "actor"))
