"""Database sessions that cannot forget their tenant: one transaction, one tenant, optionally one epoch.

The tenant is a transaction-local setting that row-level security reads; without it every tenant table is
empty. The connection's role is part of its start-up packet, so not even RESET ROLE gets out of it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, event, or_, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import LoaderCriteriaOption, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.types import BigInteger, Uuid

from mxc.server.kernel.access.connecting import connect
from mxc.server.kernel.access.judge import Judge, Nobody
from mxc.server.kernel.access.refusal import refusal
from mxc.server.kernel.resource import Partitioned, Restorable
from mxc.server.kernel.sealing.ring import KeyRing

APP_ROLE: Final = "mxc_app"
CORE_ROLE: Final = "mxc_core"
SYSTEM_POOL: Final = 6
# A coordinator that froze inside a transaction holds the lease's row: PostgreSQL ends it after this.
MAX_IDLE: Final = timedelta(seconds=3)
MAX_LOCK_WAIT: Final = timedelta(seconds=5)
MAX_STATEMENT: Final = timedelta(seconds=60)
BEGIN: Final = text("select mxc_begin(:tenant, :epoch, :partition)").bindparams(
    bindparam("tenant", type_=Uuid), bindparam("epoch", type_=BigInteger), bindparam("partition", type_=Uuid)
)
PARTITION: Final = "partition_id"

LIVING: Final = with_loader_criteria(
    Restorable, lambda resource: resource.deleted_at.is_(None), include_aliases=True
)


class LivingRows(Session):
    """Sees no row that was deleted and can be restored, unless the execution option `with_deleted` is set;
    and none of another partition than the one in its `info`, whatever row-level security sees to."""


@event.listens_for(LivingRows, "do_orm_execute")
def _leave_out_deleted(state: ORMExecuteState) -> None:
    if state.is_select and not state.execution_options.get("with_deleted"):
        state.statement = state.statement.options(LIVING)


@event.listens_for(LivingRows, "do_orm_execute")
def _leave_out_other_partitions(state: ORMExecuteState) -> None:
    partition = state.session.info.get(PARTITION)
    if state.is_select and partition is not None:
        state.statement = state.statement.options(_within(partition))


def _within(partition: UUID) -> LoaderCriteriaOption:
    return with_loader_criteria(
        Partitioned,
        lambda resource: or_(resource.partition_id.is_(None), resource.partition_id == partition),
        include_aliases=True,
    )


class Store:
    """The database as the core sees it: `session` for one tenant, `system` for what belongs to none.

    `keys` are what it keeps some columns encrypted with; `judge` says who may do what, and is set once by who
    composes the core.
    """

    def __init__(
        self, dsn: str, pool_size: int = 10, keys: KeyRing | None = None, judge: Judge | None = None
    ) -> None:
        self.dsn = dsn
        self.keys = keys or KeyRing.fixed()
        self.judge: Judge = judge or Nobody()
        self._app = _engine(dsn, APP_ROLE, pool_size)
        self._core = _engine(dsn, CORE_ROLE, SYSTEM_POOL)

    @asynccontextmanager
    async def session(
        self, tenant_id: UUID, epoch: int | None = None, partition_id: UUID | None = None
    ) -> AsyncIterator[AsyncSession]:
        """One transaction in which only this tenant exists; commits at the end, rolls back on an error.

        With `partition_id` only its rows exist, and those of no partition, which nothing can change. With
        `epoch` the lease cannot change hands before the commit; Unavailable `lease-lost` when it has.
        """
        async with _transaction(self._app, tenant_id, epoch, partition_id) as session:
            yield session

    @asynccontextmanager
    async def system(self, epoch: int | None = None) -> AsyncIterator[AsyncSession]:
        """One transaction over change notes, outbox, leases and the list of tenants, of all tenants."""
        async with _transaction(self._core, None, epoch) as session:
            yield session

    async def close(self) -> None:
        """Closes every connection."""
        await self._app.dispose()
        await self._core.dispose()


def database_url(dsn: str) -> URL:
    """Any `postgresql://` DSN as a URL for our one driver."""
    return make_url(dsn).set(drivername="postgresql+psycopg")


def _engine(dsn: str, role: str, pool_size: int) -> AsyncEngine:
    limits = {
        "role": role,
        "idle_in_transaction_session_timeout": _milliseconds(MAX_IDLE),
        "lock_timeout": _milliseconds(MAX_LOCK_WAIT),
        "statement_timeout": _milliseconds(MAX_STATEMENT),
    }
    return create_async_engine(
        database_url(dsn),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
            "application_name": role,
            "connect_timeout": 10,
            "async_creator_fn": connect,
        },
    )


def _milliseconds(duration: timedelta) -> int:
    return round(duration / timedelta(milliseconds=1))


@asynccontextmanager
async def _transaction(
    engine: AsyncEngine, tenant_id: UUID | None, epoch: int | None, partition_id: UUID | None = None
) -> AsyncIterator[AsyncSession]:
    session = AsyncSession(
        engine, expire_on_commit=False, autoflush=False, sync_session_class=LivingRows,
        info={PARTITION: partition_id},
    )  # fmt: skip
    try:
        await _begin(session, {"tenant": tenant_id, "epoch": epoch, "partition": partition_id})
        yield session
        await session.commit()
    except Exception as error:
        ours = refusal(error)
        if ours is None:
            raise
        raise ours from error
    finally:
        await session.close()


async def _begin(session: AsyncSession, values: dict[str, Any]) -> None:
    try:
        await session.execute(BEGIN, values)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        # The server was restarted while this connection lay in the pool; nothing was asked of it yet.
        await session.rollback()
        await session.execute(BEGIN, values)
