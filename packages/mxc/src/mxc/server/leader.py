"""Waits for the lease, then does what only the leader does, until the lease is lost; and again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from mxc.cancelling import Crew
from mxc.server.kernel.errors import MxcError, Unavailable
from mxc.server.kernel.facts.engines import Engines
from mxc.server.kernel.facts.keeper import Keeper
from mxc.server.kernel.facts.tenant import TenantFacts
from mxc.server.kernel.lease import Lease
from mxc.server.kernel.reactor import Hands, Reaction, Reactor

_PAUSE_S = 1.0
_log = logging.getLogger(__name__)


class Leader:
    """One per process. Under each new lease `first` is done, then facts are loaded, then `also` runs."""

    def __init__(
        self,
        lease: Lease,
        engines: Engines,
        keeper: Keeper,
        hands: Hands,
        reactions: Sequence[Reaction],
        first: Callable[[], Awaitable[None]],
        also: Sequence[Callable[[], Coroutine[Any, Any, None]]],
        tell: Callable[[str], None],
    ) -> None:
        self.is_leading = False
        self.reactors: list[Reactor] = []
        self._state = "it is starting"
        self._lease = lease
        self._engines = engines
        self._watchers = tuple(engines.on_loaded)
        self._keeper = keeper
        self._hands = hands
        self._reactions = reactions
        self._first = first
        self._also = also
        self._tell = tell
        self._changed = asyncio.Event()

    @property
    def state(self) -> str:
        """Why we do not lead, in words."""
        return self._state

    async def ready(self) -> None:
        """Returns once we lead for the first time."""
        while not self.is_leading:
            await self._changed.wait()
            self._changed.clear()

    async def run(self) -> None:
        """For ever; cancelled, it gives the lease up so that another need not wait for its end."""
        try:
            while True:
                await self._acquire()
                await self._lead_until_lost()
        finally:
            self._leave("it is stopping")
            await self._lease.release()

    async def _acquire(self) -> None:
        if await self._lease.try_acquire() is None:
            self._leave("another coordinator does")
            self._tell("standing by: another coordinator leads; this one takes over when it ends")
            await self._lease.acquire()
        _log.info("leading under epoch %s", self._lease.epoch)

    async def _lead_until_lost(self) -> None:
        crew = Crew()
        crew.add(self._keep_lease())
        crew.add(self._begin(crew))
        try:
            await crew.run()
        except MxcError as error:
            _log.warning("stopped leading: %s", error)
        except Exception:  # noqa: BLE001 (whatever failed is logged, and we try to lead again)
            _log.exception("stopped leading")
        self._leave("it lost the lease")
        await self._lease.release()
        self._tell("stopped leading; trying to lead again")
        await asyncio.sleep(_PAUSE_S)

    async def _begin(self, crew: Crew) -> None:
        def follow(facts: TenantFacts) -> None:
            reactor = Reactor(facts, self._reactions, self._hands)
            self.reactors.append(reactor)
            crew.add(reactor.run())

        await self._first()
        self._engines.on_loaded[:] = [*self._watchers, follow]
        await self._keeper.load()
        for work in (self._keeper.run, *self._also):
            crew.add(work())
        self.is_leading = True
        self._changed.set()

    async def _keep_lease(self) -> None:
        await self._lease.keep()
        raise Unavailable("the lease is lost", code="lease-lost")

    def _leave(self, state: str) -> None:
        self.is_leading = False
        self._state = state
        self.reactors.clear()
        self._engines.unload()
