"""What was answered to requests that carry a key, so that asking again does nothing again.

The answer is written in the transaction of what it tells of: both are there, or neither. While that runs a
lock of the transaction stands for the key; whoever dies with it leaves no trace.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Conflict, MxcError
from mxc.server.kernel.resource.declaration import Row

log = logging.getLogger(__name__)
KEPT_FOR: Final = timedelta(hours=24)
SWEEP_EVERY_S: Final = 600.0

replies = Table(
    "replies",
    Row.metadata,
    Column("tenant_id", Uuid, nullable=False),
    Column("actor", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("location", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("tenant_id", "actor", "key"),
    Index(None, "at"),
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer as it was given."""

    fingerprint: bytes
    status: int
    location: str
    etag: str
    body: bytes


@dataclass(frozen=True, slots=True)
class ReplyKey:
    """Whose key it is: another actor's is another, and so is another tenant's."""

    tenant_id: UUID
    actor: str
    key: str

    @classmethod
    def of(cls, actor: Actor, key: str) -> "ReplyKey":
        """The key of this actor."""
        return cls(actor.tenant_id, f"{actor.kind}:{actor.id}", key)

    async def find(self, session: AsyncSession, now: datetime) -> Reply | None:
        """What was answered, in the last day."""
        wanted = select(
            replies.c.fingerprint, replies.c.status, replies.c.location, replies.c.etag, replies.c.body
        ).where(self._mine(), replies.c.at > now - KEPT_FOR)
        found = (await session.execute(wanted)).one_or_none()
        return None if found is None else Reply(*found)

    async def claim(self, session: AsyncSession, now: datetime) -> None:
        """Nobody else is at it until this transaction ends. Raises Conflict when somebody is, or was."""
        held = await session.execute(select(func.pg_try_advisory_xact_lock(self._lock())))
        if not held.scalar_one() or await self.find(session, now) is not None:
            raise Conflict(
                "a request with this Idempotency-Key is being answered",
                code="in-flight",
                hint="send it again in a moment: it is answered once",
            )

    async def keep(self, session: AsyncSession, reply: Reply, now: datetime) -> None:
        """Writes the answer down, in place of one that is too old."""
        await session.execute(delete(replies).where(self._mine()))
        await session.execute(insert(replies).values(**self._values(), **_columns(reply), at=now))

    async def amend(self, session: AsyncSession, reply: Reply) -> None:
        """The answer with what was known of it only afterwards."""
        await session.execute(update(replies).where(self._mine()).values(**_columns(reply)))

    def _values(self) -> dict[str, Any]:
        return {"tenant_id": self.tenant_id, "actor": self.actor, "key": self.key}

    def _mine(self) -> Any:
        return and_(*(replies.c[name] == value for name, value in self._values().items()))

    def _lock(self) -> int:
        text = "\0".join(map(str, self._values().values()))
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)


def _columns(reply: Reply) -> dict[str, Any]:
    return {
        "fingerprint": reply.fingerprint, "status": reply.status, "location": reply.location,
        "etag": reply.etag, "body": reply.body,
    }  # fmt: skip


async def sweep_replies(store: Store, now: Callable[[], datetime]) -> None:
    """For ever: forgets what nobody may ask again."""
    while True:
        try:
            await forget_old_replies(store, now())
        except MxcError as error:
            log.warning("old replies stay for now: %s", error)
        await asyncio.sleep(SWEEP_EVERY_S)


async def forget_old_replies(store: Store, now: datetime) -> int:
    """Removes what is older than a day, of all tenants; how many there were."""
    async with store.system() as session:
        gone = await session.execute(delete(replies).where(replies.c.at <= now - KEPT_FOR))
        return int(gone.rowcount)  # type: ignore[attr-defined]
