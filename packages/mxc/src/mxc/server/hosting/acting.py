"""What buttons do: perform as whoever is signed in now, and say how it went."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from mxc.server.hosting.design.status import Tone
from mxc.server.hosting.design.toast import toast, toast_error
from mxc.server.hosting.page import Visit
from mxc.server.kernel.errors import MxcError
from mxc.server.kernel.resource import Action


def doing(
    visit: Visit, action: Action[Any, ...], row_id: UUID, said: str, **args: Any
) -> Callable[[], Awaitable[None]]:
    """A click handler; `said` is the toast when it was done. What comes of it arrives live."""

    async def clicked() -> None:
        try:
            await visit.perform(action, row_id, **args)
        except MxcError as error:
            toast_error(error)
        else:
            toast(said, Tone.BUSY)

    return clicked
