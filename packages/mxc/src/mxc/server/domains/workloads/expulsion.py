"""A deleted node's agent loses its credentials; level-triggered, so that none is forgotten."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from mxc.server.kernel.bus import Bus
from mxc.server.kernel.errors import MxcError
from mxc.server.kernel.facts.answer import plain_row
from mxc.server.kernel.facts.directory import Directory
from mxc.server.kernel.facts.engines import Engines
from mxc.server.kernel.facts.tenant import Changes, TenantFacts

log: Final = logging.getLogger(__name__)
REMOVED: Final = "node_removed"
AGAIN_S: Final = 5.0


class Expulsion:
    """Watches every tenant's facts; `run` expels for as long as we lead."""

    def __init__(self, engines: Engines, directory: Directory, bus: Bus) -> None:
        self._directory = directory
        self._bus = bus
        self._due: set[tuple[UUID, UUID]] = set()
        self._wake = asyncio.Event()
        engines.on_loaded.append(self._watch)

    async def run(self) -> None:
        """For ever; what fails is tried again."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            for each in sorted(self._due):
                await self._expel(*each)
            if self._due:
                await asyncio.sleep(AGAIN_S)
                self._wake.set()

    async def _expel(self, tenant_id: UUID, node_id: UUID) -> None:
        try:
            await self._bus.expel(self._directory.slug(tenant_id), node_id)
        except MxcError as error:
            log.warning("node %s keeps its credentials for now: %s", node_id, error)
        else:
            self._due.discard((tenant_id, node_id))

    def _watch(self, facts: TenantFacts) -> None:
        def notice(changes: Changes) -> None:
            if REMOVED in changes:
                self._add(facts.tenant_id, map(plain_row, changes[REMOVED].appeared))

        # All of them after each start: it does no harm again, so nobody needs to remember what was done.
        self._add(facts.tenant_id, facts.query(REMOVED, ...))
        facts.listeners.append(notice)

    def _add(self, tenant_id: UUID, rows: Iterable[tuple[Any, ...]]) -> None:
        self._due |= {(tenant_id, UUID(str(node_id))) for (node_id,) in rows}
        if self._due:
            self._wake.set()
