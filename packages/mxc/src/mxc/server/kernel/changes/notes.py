"""Take the change notes. What can be seen here is committed, so no order and no cursor is needed."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from mxc.server.kernel.access.tenancy import Store

BATCH: Final = 20_000
# No order: a note says only "look at this row again", so which are taken first cannot matter.
TAKE: Final = text("""
    with taken as (
        delete from changes
        where ctid = any(array(select ctid from changes limit :batch))
        returning tenant_id, relation, row_id
    )
    select distinct tenant_id, relation, row_id from taken
""")


@dataclass(frozen=True, slots=True)
class Note:
    """One row was inserted, updated or deleted; which of these, the row itself will tell."""

    tenant_id: UUID
    relation: str
    row_id: UUID


async def take(store: Store, *, epoch: int | None = None, batch: int = BATCH) -> list[Note]:
    """Removes and returns up to `batch` notes, each row once; they are the caller's to act on from then on.

    With `epoch` raises Unavailable `lease-lost`, and takes nothing, when another coordinator leads. Who fails
    to act on notes taken must read everything again: the notes do not come back.
    """
    async with store.system(epoch) as session:
        rows = await session.execute(TAKE, {"batch": batch})
        return [Note(*row) for row in rows]
