"""Who waits until a row they wrote has been read."""

import asyncio
from collections.abc import Collection
from uuid import UUID

from mxc.server.kernel.facts.tenant import Key


class Readings:
    """Numbers the readings of rows. One that began after a row was committed has seen it."""

    def __init__(self) -> None:
        self.begun = 0
        self._waiting: dict[tuple[UUID, Key], list[asyncio.Future[int]]] = {}

    def begin(self) -> int:
        """The number of a new reading."""
        self.begun += 1
        return self.begun

    def applied(self, tenant_id: UUID, keys: Collection[Key], number: int) -> None:
        """That reading, of these rows, is in the facts now."""
        for key in keys:
            for each in self._waiting.pop((tenant_id, key), ()):
                if not each.done():
                    each.set_result(number)

    async def next(self, tenant_id: UUID, key: Key) -> int:
        """The number of the next reading of that row to be applied."""
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault((tenant_id, key), [])
        waiting.append(found)
        try:
            return await found
        finally:
            waiting.remove(found)
            if not waiting and self._waiting.get((tenant_id, key)) is waiting:
                del self._waiting[tenant_id, key]
