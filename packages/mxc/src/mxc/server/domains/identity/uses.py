"""How tokens are used: counted in memory, written down in batches, so that a read costs no write."""

import asyncio
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from mxc.server.domains.identity.api_token import ApiToken
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import MxcError

EVERY_S: Final = 60.0


@dataclass(slots=True)
class Use:
    """What is not written down yet."""

    tenant_id: UUID
    times: int
    address: str


class Uses:
    """One per process: what a coordinator that ends at once has not written down is not counted."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, Use] = {}

    def note(self, token: ApiToken, address: str) -> None:
        """A token was used."""
        use = self._waiting.setdefault(token.id, Use(token.tenant_id, 0, address))
        use.times, use.address = use.times + 1, address or use.address

    async def write_down(self, core: Core) -> None:
        """Writes what was counted; what cannot be written now goes on waiting, unless its token is gone."""
        for token_id, use in list(self._waiting.items()):
            times = use.times
            try:
                system = Actor.system(use.tenant_id)
                await core.perform(system, ApiToken.note_use, token_id, times=times, address=use.address)
            except MxcError as error:
                if error.status != 404:
                    return
            use.times -= times
            if use.times == 0:
                self._waiting.pop(token_id, None)

    async def run(self, core: Core) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.write_down(core)
