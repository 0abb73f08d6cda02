"""Who leads: a row with an epoch. Every write of the core carries the epoch, so a late one is refused.

Expiry is judged by PostgreSQL's clock alone. The holder counts its own term from *before* it asked, on the
event loop's monotonic clock, so it stops believing in the lease before anybody else may take it.
"""

import asyncio
from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.types import Interval

from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Conflict, Unavailable

TERM: Final = timedelta(seconds=10)
RENEW_EVERY: Final = timedelta(seconds=3)
POLL_EVERY: Final = timedelta(seconds=1)

_TERM_TYPE: Final = bindparam("term", type_=Interval)
IS_FREE: Final = text(
    "select not exists (select from leases where name = :name and expires_at >= clock_timestamp())"
)
TAKE: Final = text("""
    insert into leases (name, epoch, holder, expires_at)
    values (:name, 1, :holder, clock_timestamp() + :term)
    on conflict (name) do update
    set epoch = leases.epoch + 1, holder = excluded.holder, expires_at = clock_timestamp() + :term
    where leases.expires_at < clock_timestamp()
    returning epoch
""").bindparams(_TERM_TYPE)
RENEW: Final = text("""
    update leases set expires_at = clock_timestamp() + :term
    where name = :name and epoch = :epoch returning epoch
""").bindparams(_TERM_TYPE)
GIVE_UP: Final = text("""
    update leases set expires_at = clock_timestamp() - interval '1 second'
    where name = :name and epoch = :epoch
""")


class Lease:
    """The right to lead, held by one process at a time.

    `acquire` waits until it is ours; `keep` renews it until it is lost and then returns; `epoch` is what
    every write carries, and None when we do not hold it.
    """

    def __init__(
        self,
        store: Store,
        holder: str,
        *,
        name: str = "core",
        term: timedelta = TERM,
        renew_every: timedelta = RENEW_EVERY,
        poll_every: timedelta = POLL_EVERY,
    ) -> None:
        self._store = store
        self._key = {"name": name}
        self._term = term
        self._renew_s = renew_every.total_seconds()
        self._poll_s = poll_every.total_seconds()
        self._epoch: int | None = None
        self._good_until = 0.0
        self.holder = holder

    @property
    def epoch(self) -> int | None:
        """The epoch we lead under; None as soon as our own clock says the term is over."""
        return self._epoch if self.is_current else None

    @property
    def is_current(self) -> bool:
        """Do we lead, as far as we can know without asking?"""
        return self._epoch is not None and asyncio.get_running_loop().time() < self._good_until

    async def acquire(self) -> int:
        """Waits, as long as it takes, until nobody holds the lease; returns our epoch."""
        while True:
            epoch = await self.try_acquire()
            if epoch is not None:
                return epoch
            await asyncio.sleep(self._poll_s)

    async def try_acquire(self) -> int | None:
        """Takes the lease if it is free; None when somebody holds it or the database does not answer."""
        asked = asyncio.get_running_loop().time()
        try:
            epoch = await self._take()
        except (Unavailable, Conflict):
            return None
        if epoch is not None:
            self._epoch = epoch
            self._good_until = asked + self._term.total_seconds()
        return epoch

    async def keep(self) -> None:
        """Renews the lease; returns once it is lost, to another holder or because its term ran out."""
        loop = asyncio.get_running_loop()
        while self.is_current:
            await asyncio.sleep(min(self._renew_s, max(0.0, self._good_until - loop.time())))
            try:
                async with asyncio.timeout_at(max(self._good_until, loop.time())):
                    is_ours = await self._renew()
            except TimeoutError:
                break
            except (Unavailable, Conflict):
                await asyncio.sleep(min(self._renew_s / 10, 0.2))
                continue
            if not is_ours:
                break
        self._epoch = None

    async def release(self) -> None:
        """Gives the lease up, so that the next holder need not wait for its end."""
        epoch, self._epoch = self._epoch, None
        if epoch is not None:
            async with self._store.system() as session:
                await session.execute(GIVE_UP, {**self._key, "epoch": epoch})

    async def _take(self) -> int | None:
        async with self._store.system() as session:
            if not (await session.execute(IS_FREE, self._key)).scalar_one():
                return None
            values = {**self._key, "holder": self.holder, "term": self._term}
            epoch: int | None = (await session.execute(TAKE, values)).scalar_one_or_none()
            return epoch

    async def _renew(self) -> bool:
        asked = asyncio.get_running_loop().time()
        async with self._store.system() as session:
            values = {**self._key, "epoch": self._epoch, "term": self._term}
            is_ours = (await session.execute(RENEW, values)).scalar_one_or_none() is not None
        if is_ours:
            self._good_until = asked + self._term.total_seconds()
        return is_ours
